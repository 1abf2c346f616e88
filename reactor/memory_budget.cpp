#include "reactor/memory_budget.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace eddy {

bool MemoryBudget::admits_output(std::size_t count) const {
  if (count > limit_) return false;
  if (output() == 0 && reserved_ == 0) return true;
  return output() + reserved_ + count + std::min(input_, limit_ / 2) <= limit_;
}

Block* MemoryBudget::take_input(std::size_t capacity) {
  auto* block = pool_.take(capacity);
  input_ += footprint(*block);
  return block;
}

void MemoryBudget::give_back_input(Block* block) {
  assert(input_ >= footprint(*block));
  input_ -= footprint(*block);
  pool_.give_back(block);
}

void MemoryBudget::await(Id connection, std::size_t count) {
  assert(count <= limit_ && !tickets_.contains(connection));
  line_.push_back({connection, count});
  try {
    tickets_.emplace(connection, std::prev(line_.end()));
  } catch (...) {
    line_.pop_back();
    throw;
  }
}

Id MemoryBudget::pass() {
  if (!may_pass()) return {};
  auto& front = line_.front();
  front.passed = true;
  reserved_ += front.count;
  passed_.splice(passed_.end(), line_, line_.begin());
  return front.connection;
}

void MemoryBudget::drop_ticket(Id connection) {
  const auto place = tickets_.find(connection);
  if (place == tickets_.end()) return;
  const auto ticket = place->second;
  if (ticket->passed) reserved_ -= ticket->count;
  (ticket->passed ? passed_ : line_).erase(ticket);
  tickets_.erase(place);
}

}  // namespace eddy
