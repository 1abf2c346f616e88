#include "results.h"

#include "../text.h"

namespace load::chat {

std::vector<std::string> problems(const Results& results) {
  std::vector<std::string> found;
  const auto add = [&found](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count > 0) found.push_back(counted(count, one, many));
  };
  if (results.sent == 0) found.emplace_back("ended before the first message");
  add(total(results.not_joined), "receiver did not join", "receivers did not join");
  add(results.unsent, "message could not be sent", "messages could not be sent");
  add(results.lost, "delivery lost", "deliveries lost");
  add(results.wrong, "wrong delivery", "wrong deliveries");
  add(results.duplicated, "duplicated delivery", "duplicated deliveries");
  add(results.reordered, "delivery out of order", "deliveries out of order");
  add(total(results.errors), "error", "errors");
  return found;
}

}  // namespace load::chat
