#include "results.h"

#include "text.h"

namespace load {

std::uint64_t troubles(const Results& results) {
  auto sum = total(results.errors) + results.corrupt + results.surplus;
  for (const auto& [kind, answers] : results.wrong) sum += answers.count;
  return sum;
}

std::vector<std::string> problems(const Settings& settings, const Results& results) {
  std::vector<std::string> found;
  const auto add = [&found](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count > 0) found.push_back(counted(count, one, many));
  };
  if (results.sent == 0) found.emplace_back("ended before the first message");
  add(total(results.connect_failures), "connection failed to open", "connections failed to open");
  if (!settings.allow_loss) add(results.lost, "message lost", "messages lost");
  add(results.unsent, "message could not be sent", "messages could not be sent");
  add(results.corrupt, results.datagrams ? "corrupt datagram" : "corrupt connection",
      results.datagrams ? "corrupt datagrams" : "corrupt connections");
  add(results.surplus, "connection with surplus bytes", "connections with surplus bytes");
  std::uint64_t wrong = 0;
  for (const auto& [kind, answers] : results.wrong) wrong += answers.count;
  add(wrong, "wrong answer", "wrong answers");
  if (!settings.allow_loss) add(results.duplicated, "duplicated datagram", "duplicated datagrams");
  add(total(results.errors), "error", "errors");
  return found;
}

}  // namespace load
