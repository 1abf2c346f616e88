#include "self_verdict.h"

#include <fmt/format.h>

#include "text.h"

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr double busy_open = 0.90;
constexpr double busy_closed = 0.95;
constexpr eddy::Duration noticed_lag = 1ms;
constexpr int lag_share = 10;  // of the response times: a tenth
constexpr std::uint64_t least_messages = 100;
constexpr eddy::Duration least_time = 100ms;

std::string remedy(const Results& results) {
  return fmt::format("more --threads (there {} {}) or more machines", results.loops == 1 ? "is" : "are", results.loops);
}

}  // namespace

double own_cpu_share(const Results& results) {
  const auto time = in_seconds(results.elapsed) * static_cast<double>(results.loops);
  return time > 0 ? in_seconds(results.cpu.total()) / time : 0;
}

std::string why_limited(const Settings& settings, const Results& results) {
  if (results.answered < least_messages || results.elapsed < least_time) return {};
  const auto share = own_cpu_share(results);
  const auto cpu = fmt::format("{:.0f} % of a core for each loop", 100 * share);
  if (!settings.rate) {
    if (share < busy_closed) return {};
    return fmt::format("it used {}: {}", cpu, remedy(results));
  }
  const auto lag = results.own_lag.percentile(99);
  if (lag > noticed_lag && lag > results.response.percentile(99) / lag_share) {
    return fmt::format("it was late itself, p99 {}, with {}: {}", time_text(lag), cpu,
                       share < busy_open ? "an idle machine, or a lower --rate" : remedy(results));
  }
  if (results.unreached > 0 && share >= busy_open) {
    return fmt::format("it did not reach {} that were due, with {}: {}",
                       counted(results.unreached, "message", "messages"), cpu, remedy(results));
  }
  return {};
}

}  // namespace load
