// TimerWheel: the loop's timers, as a hierarchical timing wheel (Varghese and Lauck 1987).
//
// Time is cut into ticks of 2^16 ns. Level 0 has 64 slots of one tick, level 1 64 slots of 64 ticks, and so on; eight
// levels reach as far as 64 bits of nanoseconds do. A node lies on the level of the highest 6-bit digit in which its
// tick differs from the wheel's own, and moves down a level when the wheel reaches its slot. Insert and remove are O(1)
// list operations; a 64-bit map per level of the slots that hold something finds the next deadline in O(levels).
//
// A node whose deadline is put off stays where it is and only notes the new one: the wheel moves it on when it gets
// there. So a time-out that is started anew with every message costs a store, and the links of its neighbours are not
// touched.
//
// Nodes are intrusive: whoever has a deadline derives from TimerNode.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "reactor/intrusive_list.h"
#include "reactor/time.h"

namespace eddy {

class TimerWheel;

class TimerNode : public ListNode<TimerNode> {
 public:
  TimePoint when() const { return when_; }

 protected:
  virtual ~TimerNode() = default;  // derived classes remove themselves from the wheel first

 private:
  friend class TimerWheel;
  // The node is out of the wheel already and may be inserted again, or destroyed.
  virtual void expired(TimePoint now) = 0;

  TimePoint when_{};
  std::uint16_t slot_ = 0;  // level * 64 + slot, or `due_slot`
};

class TimerWheel {
 public:
  explicit TimerWheel(TimePoint start);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  ~TimerWheel() = default;  // unlinks what is left, without calling it

  void insert(TimerNode& node, TimePoint when);  // moves it if it is linked already
  void remove(TimerNode& node);                  // no-op when not linked
  std::size_t size() const { return size_; }

  // Never later than the earliest deadline; may be earlier when that lies far ahead, the wheel then has nothing to call
  // but moves nodes down. `never` when empty.
  TimePoint next() const;

  // Calls expired() on every node whose `when` is at or before `now`. Nodes inserted meanwhile wait for the next call,
  // so that a timer that restarts itself with no delay cannot hold the loop.
  void advance(TimePoint now);

 private:
  static constexpr unsigned tick_bits = 16;
  static constexpr unsigned level_bits = 6;
  static constexpr unsigned levels = 8;
  static constexpr unsigned slots = 1U << level_bits;
  static constexpr std::uint16_t due_slot = levels * slots;

  using Nodes = List<TimerNode, TimerNode>;

  void place(TimerNode& node);
  std::uint64_t first_tick(unsigned level, std::uint64_t slot) const;  // of an occupied one: when the wheel is there
  void collect(std::uint64_t target_tick);

  std::uint64_t tick_of(TimePoint when) const;           // rounded up: a node is never early
  std::uint64_t whole_ticks_until(TimePoint now) const;  // rounded down
  TimePoint time_of(std::uint64_t tick) const;

  TimePoint start_;
  std::uint64_t tick_ = 0;  // everything due at or before it has been collected
  std::size_t size_ = 0;
  std::array<std::uint64_t, levels> occupied_{};
  std::array<Nodes, levels * slots> wheel_;
  Nodes due_;      // collected, not called yet
  Nodes calling_;  // by advance(), which an exception may leave in the middle
};

}  // namespace eddy
