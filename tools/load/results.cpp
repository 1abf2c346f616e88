#include "results.h"

#include <algorithm>

#include "text.h"

namespace load {
namespace {

void add(ErrorCounts& counts, const ErrorCounts& other) {
  for (const auto& [kind, count] : other) counts[kind] += count;
}

}  // namespace

void merge(Results& results, const Results& other) {
  results.interrupted = results.interrupted || other.interrupted;
  results.connected += other.connected;
  add(results.connect_failures, other.connect_failures);
  results.reconnects += other.reconnects;

  for (std::uint64_t Results::*const counter :
       {&Results::sent, &Results::answered, &Results::lost, &Results::unsent, &Results::unreached, &Results::held_back,
        &Results::dropped, &Results::throttled, &Results::bytes_out, &Results::bytes_in, &Results::corrupt,
        &Results::surplus, &Results::duplicated, &Results::reordered, &Results::late}) {
    results.*counter += other.*counter;
  }
  for (const auto& each : other.corruptions) {
    if (results.corruptions.size() < most_corruptions) results.corruptions.push_back(each);
  }
  for (const auto& [kind, answers] : other.wrong) {
    auto& known = results.wrong[kind];
    if (known.count == 0) known.first = answers.first;
    known.count += answers.count;
  }
  add(results.errors, other.errors);
  for (const auto& [kind, figures] : other.hostile) {
    auto& known = results.hostile[kind];
    known.wanted += figures.wanted;
    known.connected += figures.connected;
    add(known.closed_by_server, figures.closed_by_server);
    add(known.connect_failures, figures.connect_failures);
  }

  for (std::size_t i = 0; i < other.series.size(); ++i) {
    if (i == results.series.size()) {
      results.series.push_back(other.series[i]);
    } else {
      results.series[i].merge(other.series[i]);
      results.series[i].length = std::max(results.series[i].length, other.series[i].length);
    }
  }
  // One that was interrupted before it began has no start.
  if (other.started_at != std::chrono::system_clock::time_point() &&
      (results.started_at == std::chrono::system_clock::time_point() || other.started_at < results.started_at)) {
    results.started_at = other.started_at;
  }
  if (!results.server_cpu) results.server_cpu = other.server_cpu;
  results.cache += other.cache;
  results.http += other.http;

  results.response.merge(other.response);
  results.service.merge(other.service);
  results.send_lag.merge(other.send_lag);
  results.own_lag.merge(other.own_lag);
  results.loop_lag.merge(other.loop_lag);
  results.loops += other.loops;
  results.elapsed = std::max(results.elapsed, other.elapsed);
  if (other.cpu.total() > results.cpu.total()) results.cpu = other.cpu;
}

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
  if (results.began_late > eddy::Duration::zero()) {
    found.push_back("began " + time_text(results.began_late) + " after --at: it was not ready by then");
  }
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
