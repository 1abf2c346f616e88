// Timer: calls back after a delay or periodically. Start, restart and cancel are O(1), however many run; a running
// timer is linked into its loop's wheel and allocates nothing.
//
// Never early (contract 8); late by at most the wheel's tick of 65.5 microseconds, what the system's wait adds, and
// what the loop was busy with. Timers due in one tick run in no promised order. A Timer belongs to its loop's thread,
// must not outlive the loop (~Loop names one that does; it never calls again), and destroying it cancels it, also from
// its own callback. It neither copies nor moves: keep it as a member, in a std::deque, or in a unique_ptr.
#pragma once

#include <cstdint>

#include "reactor/callback.h"
#include "reactor/loop_member.h"
#include "reactor/time.h"
#include "reactor/timer_wheel.h"

namespace eddy {

class Loop;
class ListenerBase;

class Timer final : private TimerNode, private LoopMember {
 public:
  [[nodiscard]] Timer(Loop& loop, Callback<void()> callback);
  ~Timer() override;

  // Once, `delay` from this call (the clock is read: a long turn does not make it early). Restarts a running timer.
  void start(Duration delay);
  void start_at(TimePoint when);

  // Every `period` (at least 1 ns), first one period from now. Periods stay on the grid of the start: a late call does
  // not shift the later ones. Periods missed while the loop was busy are not made up for: one call, then the next grid
  // point that lies ahead; missed() counts the skipped ones.
  void start_every(Duration period);

  // Harmless when it does not run. After it no call comes.
  void cancel();

  bool running() const { return TimerNode::linked(); }
  TimePoint deadline() const { return running() ? when() : never; }  // of the next call
  std::uint64_t missed() const { return missed_; }                   // periods skipped since start_every

 private:
  friend class ListenerBase;  // which takes its own timer along
  void expired(TimePoint now) override;
  std::string what_it_is() const override;
  void loop_ends() override;

  Callback<void()> callback_;
  Duration period_{0};
  std::uint64_t missed_ = 0;
  bool* destroyed_ = nullptr;  // while the callback runs: where ~Timer says that it ran
};

}  // namespace eddy
