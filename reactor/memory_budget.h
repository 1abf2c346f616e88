// MemoryBudget: what a loop's connections may hold together (LoopOptions::memory_budget), and the line of those whose
// send was refused for want of it.
//
// A connection that has much queued is refused while little is free: it may have an eighth of what is free while all
// is, a sixteenth when half is, and so on. So those who read nothing never take all, however many they are: when k of
// them have come, there is about 8 / (8 + k) of the budget left for the next. A share in proportion to what is free
// would not do: each of them keeps what it has, and what is left would shrink by the same factor each time.
//
// A send that is larger than that waits. Who has waited for longest passes when three quarters of the budget have room
// for it, so the last quarter is for small ones alone. Those pass it when a newcomer of their size would be admitted:
// a large one that waits until peers who read nothing are gone keeps nobody else waiting. Those of about one size stand
// in a line, in the order of asking.
//
// There are two accounts, queued output and kept input. The line moves when output drains. Kept input drains by being
// answered, so it must never keep output from being queued: it counts for at most half of what queued output leaves
// free, and with no output queued at all the one that has waited for longest passes whatever is kept. So somebody
// always gets on_low (tests/reactor/memory_budget_test.cpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <unordered_map>

#include "reactor/block.h"
#include "reactor/id.h"

namespace eddy {

class MemoryBudget {
 public:
  // All blocks of `pool` are queued output, except those that take_input() gave.
  MemoryBudget(std::size_t limit, BlockPool& pool) : limit_(limit), pool_(pool) {}

  std::size_t limit() const { return limit_; }
  std::size_t output() const { return pool_.in_use() - input_; }

  // Whether a connection that has `queued` bytes queued may queue `count` more. One that has passed may queue as many
  // as it waited for, whatever has come since.
  bool admits_output(Id connection, std::size_t queued, std::size_t count) const;
  // Whether `count` bytes more may be kept.
  bool admits_input(std::size_t count) const { return pool_.in_use() + count <= limit_; }

  // A block for kept input with room for `capacity` bytes. Throws std::bad_alloc.
  Block* take_input(std::size_t capacity);
  void give_back_input(Block* block);

  // The lines. `count` is at most limit(); one connection stands in them once. Throws std::bad_alloc, and then nothing
  // has changed.
  void await(Id connection, std::size_t count);
  // Whether pass() would let somebody pass.
  bool may_pass() const { return tickets_.size() > passed_.size() && next_line() != nullptr; }
  // Takes the next one out of its line, and keeps the room that it waited for free until forget(). A default Id when
  // nobody may pass.
  Id pass();
  // Out of its line, or no more in need of the room that is kept free. No-op for all others.
  void forget(Id connection) {
    if (!tickets_.empty()) drop_ticket(connection);
  }

 private:
  bool nothing_queued() const { return output() == 0 && reserved_ == 0; }
  std::size_t used() const {
    const auto by_output = output() + reserved_;
    return by_output + std::min(input_, (limit_ - std::min(by_output, limit_)) / 2);
  }
  bool has_room(std::size_t queued, std::size_t count) const;
  bool has_passed(Id connection, std::size_t count) const;
  void drop_ticket(Id connection);

  struct Ticket {
    Id connection;
    std::size_t count;
    std::uint64_t number;  // in the order of asking
    bool passed = false;
  };
  using Tickets = std::list<Ticket>;
  static constexpr std::size_t sizes = std::numeric_limits<std::size_t>::digits + 1;

  Tickets& line_of(std::size_t count);
  // The line whose front passes next, or null.
  const Tickets* next_line() const;

  const std::size_t limit_;
  BlockPool& pool_;
  std::size_t input_ = 0;
  std::size_t reserved_ = 0;          // for those that have passed
  std::array<Tickets, sizes> lines_;  // by the width of what is waited for
  Tickets passed_;
  std::uint64_t next_number_ = 0;
  std::unordered_map<Id, Tickets::iterator> tickets_;
};

}  // namespace eddy
