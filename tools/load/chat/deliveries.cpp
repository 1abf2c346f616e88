#include "deliveries.h"

#include <algorithm>
#include <utility>

namespace load::chat {
namespace {

std::optional<std::uint8_t> byte_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return {};
  return static_cast<std::uint8_t>(text[offset]);
}

}  // namespace

Deliveries::Deliveries(const Settings& settings, Results& results, std::size_t receivers)
    : results_(results), text_(settings.seed, settings.size), receivers_(receivers), present_(receivers) {}

void Deliveries::said(std::string_view text, eddy::TimePoint due, eddy::TimePoint now) {
  messages_.push_back({std::string(text), due, now, present_});
  ++results_.sent;
  results_.expected += present_;
}

// ---- lines that come

void Deliveries::heard(std::size_t index, std::string_view text, eddy::TimePoint now) {
  auto& receiver = receivers_[index];
  if (!receiver.present) return;
  // Nearly always it is the next one.
  if (receiver.next < results_.sent && text == message(receiver.next).text) return done(receiver.next++, now);
  heard_another(index, text, now);
}

// Out of order, twice, or wrong. A text that is wrong, whatever its number, stands for the one that was expected next.
void Deliveries::heard_another(std::size_t index, std::string_view text, eddy::TimePoint now) {
  auto& receiver = receivers_[index];
  const auto number = text_.number_of(text);
  const bool right = number && *number < results_.sent && (*number < oldest_ || text == message(*number).text);
  if (!right) {
    if (receiver.next == results_.sent) return wrong(index, {}, text);
    return wrong(index, receiver.next++, text);
  }
  const bool after_a_later = *number < receiver.next;
  if (!take(receiver, *number)) return void(++results_.duplicated);
  if (after_a_later) ++results_.reordered;
  done(*number, now);
}

bool Deliveries::take(Receiver& receiver, std::uint64_t number) {
  auto& passed_over = receiver.passed_over;
  if (number < receiver.next) {
    const auto found = std::lower_bound(passed_over.begin(), passed_over.end(), number);
    if (found == passed_over.end() || *found != number) return false;
    passed_over.erase(found);
    return true;
  }
  for (; receiver.next < number; ++receiver.next) passed_over.push_back(receiver.next);
  ++receiver.next;
  return true;
}

void Deliveries::done(std::uint64_t number, eddy::TimePoint now) {
  auto& taken = message(number);
  ++results_.done;
  results_.delivery.record(now - taken.due);
  if (taken.awaited == 1 && taken.whole) results_.complete.record(now - taken.due);
  last_heard_ = now;
  settle(taken);
}

void Deliveries::wrong(std::size_t index, std::optional<std::uint64_t> number, std::string_view got) {
  const std::string_view expected = number ? std::string_view(message(*number).text) : std::string_view();
  const auto differs = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  const auto offset = static_cast<std::size_t>(differs.first - expected.begin());
  ++results_.wrong;
  if (results_.corruptions.size() < most_corruptions) {
    results_.corruptions.push_back({index + 1, number, offset, byte_at(expected, offset), byte_at(got, offset)});
  }
  if (!number) return;
  message(*number).whole = false;
  settle(message(*number));
}

// ---- what does not come

void Deliveries::gone(std::size_t index) {
  auto& receiver = receivers_[index];
  if (!std::exchange(receiver.present, false)) return;
  --present_;
  for (const auto number : receiver.passed_over) lost(number);
  for (auto number = receiver.next; number < results_.sent; ++number) lost(number);
}

std::vector<std::size_t> Deliveries::overdue(eddy::TimePoint said_by) {
  std::vector<std::size_t> silent;
  while (outstanding() > 0 && oldest_said() <= said_by) {
    const auto number = oldest_;
    for (std::size_t index = 0; index < receivers_.size(); ++index) {
      auto& receiver = receivers_[index];
      if (!receiver.present) continue;
      if (receiver.next <= number) {
        silent.push_back(index);
      } else if (take(receiver, number)) {
        lost(number);
      }
    }
    if (!silent.empty()) break;
  }
  return silent;
}

void Deliveries::lost(std::uint64_t number) {
  ++results_.lost;
  message(number).whole = false;
  settle(message(number));
}

void Deliveries::settle(Message& message) {
  --message.awaited;
  for (; outstanding() > 0 && messages_.front().awaited == 0; ++oldest_) messages_.pop_front();
}

}  // namespace load::chat
