#include "selftest.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "child_server.h"
#include "histogram.h"
#include "run.h"
#include "self_verdict.h"
#include "text.h"

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr eddy::Duration stall_time = 1s;

Settings load_on(const ChildServer& server) {
  Settings settings;
  settings.url = server.url();
  settings.connections = 10;
  return settings;
}

Results check_and_run(const Settings& settings) { return run(settings, check(settings)); }

// At most one request in flight on each connection: all others that are due wait in the client, and have not been sent.
SelfCheck stall() {
  const ChildServer server;
  auto settings = load_on(server);
  settings.rate = 1000;
  settings.pipeline = 1;
  settings.duration = 3s;
  std::thread stopping([&server] {
    std::this_thread::sleep_for(1s);
    server.stop();
    std::this_thread::sleep_for(stall_time);
    server.go_on();
  });
  Results results;
  try {
    results = check_and_run(settings);
  } catch (...) {
    stopping.join();
    throw;
  }
  stopping.join();
  const auto response = results.response.percentile(99);
  const auto service = results.service.percentile(99);
  return {"stall",
          fmt::format("server stopped for {} of 3 s: response p99 {}, service p99 {}; {} of {} answered",
                      time_text(stall_time), time_text(response), time_text(service), grouped(results.answered),
                      grouped(results.sent)),
          response > stall_time * 9 / 10 && service < stall_time / 2 && problems(settings, results).empty()};
}

SelfCheck delay() {
  constexpr eddy::Duration known = 20ms;
  constexpr eddy::Duration timers = 1ms;
  const ChildServer server(known);
  auto settings = load_on(server);
  settings.duration = 1s;
  const auto results = check_and_run(settings);
  const auto median = results.service.percentile(50);
  return {
      "delay",
      fmt::format("server answers after {}: min {}, p50 {}, of {} answers", time_text(known),
                  time_text(results.service.min()), time_text(median), grouped(results.answered)),
      results.service.min() >= known && median <= known + known / 1024 + timers && problems(settings, results).empty()};
}

SelfCheck ceiling() {
  const ChildServer server;
  auto settings = load_on(server);
  settings.pipeline = 64;
  settings.duration = 1s;
  const auto results = check_and_run(settings);
  const auto time = in_seconds(results.elapsed);
  const auto answered = static_cast<double>(results.answered);
  return {
      "ceiling",
      fmt::format("{} messages/s of 64 bytes, 64 in flight on each of 10 connections; {:.2f} us of CPU each, "
                  "{:.0f} % of a core",
                  grouped(time > 0 ? static_cast<std::uint64_t>(answered / time) : 0),
                  answered > 0 ? in_seconds(results.cpu.total()) * 1e6 / answered : 0, 100 * own_cpu_share(results)),
      results.answered > 0 && problems(settings, results).empty()};
}

// What the reports are made of, without a server: that it holds on this processor and with this compiler.
SelfCheck histogram() {
  std::size_t wrong = 0;
  for (int bit = 0; bit < 63; ++bit) {
    const auto value = eddy::Duration(std::int64_t{1} << bit);
    Histogram one;
    one.record(value);
    one.record(eddy::Duration::max());
    const auto found = one.percentile(50);
    if (found < value || found > value + value / 1024) ++wrong;
  }
  return {"histogram", fmt::format("{} of 63 response times from 1 ns to 146 years are reported as another", wrong),
          wrong == 0};
}

}  // namespace

std::vector<SelfCheck> self_checks() {
  std::vector<SelfCheck> checks;
  checks.push_back(histogram());
  checks.push_back(stall());
  checks.push_back(delay());
  checks.push_back(ceiling());
  return checks;
}

}  // namespace load
