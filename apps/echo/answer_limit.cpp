#include "answer_limit.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace echo {

AnswerLimit::AnswerLimit(std::size_t per_second, std::vector<eddy::AddressPrefix> exempt)
    : per_second_(per_second), exempt_(std::move(exempt)) {}

bool AnswerLimit::allows(const eddy::Address& to, eddy::TimePoint now) {
  const auto network = eddy::AddressPrefix::network_of(to);
  const auto holds = [&](const eddy::AddressPrefix& prefix) { return prefix.contains(to); };
  if (std::any_of(exempt_.begin(), exempt_.end(), holds)) return true;
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    counts_->fill(0);
  }
  const auto hash = network ? std::hash<eddy::AddressPrefix>()(*network) : std::hash<eddy::Address>()(to);
  return ++(*counts_)[hash % places] <= per_second_;
}

}  // namespace echo
