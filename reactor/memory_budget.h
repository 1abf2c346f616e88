// MemoryBudget: what a loop's connections may hold together (LoopOptions::memory_budget), and the line of those whose
// send was refused for want of it.
//
// There are two accounts, queued output and kept input. The line moves when output drains. Kept input drains by being
// answered, so it must never keep output from being queued: it counts for at most half of the budget there, and with no
// output queued at all the front of the line passes whatever is kept. So somebody always gets on_low
// (tests/reactor/memory_budget_test.cpp).
#pragma once

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

  // Whether so many bytes more may be queued, or be kept.
  bool admits_output(std::size_t count) const;
  bool admits_input(std::size_t count) const { return pool_.in_use() + count <= limit_; }

  // A block for kept input with room for `capacity` bytes. Throws std::bad_alloc.
  Block* take_input(std::size_t capacity);
  void give_back_input(Block* block);

  // The line. `count` is at most limit(); one connection stands in the line once. Throws std::bad_alloc, and then
  // nothing has changed.
  void await(Id connection, std::size_t count);
  // Whether pass() would let somebody pass.
  bool may_pass() const { return !line_.empty() && admits_output(line_.front().count); }
  // Takes the front out of the line, and keeps the room that it waited for free until forget(). A default Id when
  // nobody may pass.
  Id pass();
  // Out of the line, or no more in need of the room that is kept free. No-op for all others.
  void forget(Id connection) {
    if (!tickets_.empty()) drop_ticket(connection);
  }

 private:
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
