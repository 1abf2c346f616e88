// MemoryBudget: what a loop's connections may hold together (LoopOptions::memory_budget), and the line of those whose
// send was refused for want of it.
//
// A connection that has much queued is refused while little is free: it may have an eighth of what is free while all
// is, a sixteenth when half is, and so on. So those who read nothing never take all, however many they are: when k of
// them have come, there is about 8 / (8 + k) of the budget left for the next. A share in proportion to what is free
// would not do: each of them keeps what it has, and what is left would shrink by the same factor each time.
//
// A send that is larger than that waits in the line. The front of the line passes when three quarters of the budget
// have room for it, so the last quarter is for small ones alone.
//
// There are two accounts, queued output and kept input. The line moves when output drains. Kept input drains by being
// answered, so it must never keep output from being queued: it counts for at most half of the budget there, and with no
// output queued at all the front of the line passes whatever is kept. So somebody always gets on_low
// (tests/reactor/memory_budget_test.cpp).
#pragma once

#include <algorithm>
#include <cstddef>
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

  // The line. `count` is at most limit(); one connection stands in the line once. Throws std::bad_alloc, and then
  // nothing has changed.
  void await(Id connection, std::size_t count);
  // Whether pass() would let somebody pass.
  bool may_pass() const;
  // Takes the front out of the line, and keeps the room that it waited for free until forget(). A default Id when
  // nobody may pass.
  Id pass();
  // Out of the line, or no more in need of the room that is kept free. No-op for all others.
  void forget(Id connection) {
    if (!tickets_.empty()) drop_ticket(connection);
  }

 private:
  bool nothing_queued() const { return output() == 0 && reserved_ == 0; }
  std::size_t used() const { return output() + reserved_ + std::min(input_, limit_ / 2); }
  bool has_room(std::size_t queued, std::size_t count) const;
  bool has_passed(Id connection, std::size_t count) const;
  void drop_ticket(Id connection);

  struct Ticket {
    Id connection;
    std::size_t count;
    bool passed = false;
  };
  using Tickets = std::list<Ticket>;

  const std::size_t limit_;
  BlockPool& pool_;
  std::size_t input_ = 0;
  std::size_t reserved_ = 0;  // for those that have passed
  Tickets line_;
  Tickets passed_;
  std::unordered_map<Id, Tickets::iterator> tickets_;
};

}  // namespace eddy
