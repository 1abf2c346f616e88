#include "reactor/memory_budget.h"

#include <bit>
#include <cassert>
#include <iterator>

namespace eddy {

bool MemoryBudget::admits_output(Id connection, std::size_t queued, std::size_t count) const {
  return has_room(queued, count) || (!passed_.empty() && has_passed(connection, count));
}

MemoryBudget::Tickets& MemoryBudget::line_of(std::size_t count) {
  return lines_[static_cast<std::size_t>(std::bit_width(count))];
}

bool MemoryBudget::has_room(std::size_t queued, std::size_t count) const {
  if (count > limit_) return false;
  if (nothing_queued()) return true;
  if (count == 0) return true;  // of a payload that others have queued, too
  if (used() >= limit_) return false;
  const auto free = static_cast<double>(limit_ - used());
  return static_cast<double>(queued + count) * 8 * static_cast<double>(limit_) <= free * free;
}

const MemoryBudget::Tickets* MemoryBudget::next_line() const {
  const Tickets* oldest = nullptr;
  const Tickets* smallest = nullptr;
  for (const auto& line : lines_) {
    if (line.empty()) continue;
    if (smallest == nullptr) smallest = &line;
    if (oldest == nullptr || line.front().number < oldest->front().number) oldest = &line;
  }
  if (oldest == nullptr) return nullptr;
  const auto count = oldest->front().count;
  if (used() + count <= limit_ / 4 * 3 || has_room(0, count)) return oldest;
  // What has no room for this one has none for larger ones.
  return has_room(0, smallest->front().count) ? smallest : nullptr;
}

bool MemoryBudget::has_passed(Id connection, std::size_t count) const {
  const auto place = tickets_.find(connection);
  return place != tickets_.end() && place->second->passed && count <= place->second->count;
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
  auto& line = line_of(count);
  line.push_back({connection, count, next_number_++});
  try {
    tickets_.emplace(connection, std::prev(line.end()));
  } catch (...) {
    line.pop_back();
    throw;
  }
}

Id MemoryBudget::pass() {
  if (!may_pass()) return {};
  auto& line = line_of(next_line()->front().count);
  auto& front = line.front();
  front.passed = true;
  reserved_ += front.count;
  passed_.splice(passed_.end(), line, line.begin());
  return front.connection;
}

void MemoryBudget::drop_ticket(Id connection) {
  const auto place = tickets_.find(connection);
  if (place == tickets_.end()) return;
  const auto ticket = place->second;
  if (ticket->passed) reserved_ -= ticket->count;
  (ticket->passed ? passed_ : line_of(ticket->count)).erase(ticket);
  tickets_.erase(place);
}

}  // namespace eddy
