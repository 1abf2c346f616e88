// Results that no run made, for the tests of what is written about runs.
#pragma once

#include <tools/load/json_report.h>
#include <tools/load/output/run_report.h>
#include <tools/load/results.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

namespace load::test {

// Of the open model, with `seconds` intervals of 100 answers each. `start_s` is by the wall clock.
struct Example {
  Settings settings;
  Results results;

  explicit Example(std::uint32_t seed = 1, int seconds = 4, double start_s = 1'700'000'000) {
    using namespace std::chrono_literals;
    settings.url = "tcp://127.0.0.1:7";
    settings.rate = 100;
    settings.seed = seed;
    settings.duration = seconds * 1s;
    results.target = settings.url;
    results.driver = "epoll";
    results.connected = 50;
    results.elapsed = seconds * 1s;
    results.interval = 1s;
    results.cpu = {.user = 10ms * seconds, .system = 30ms * seconds};
    results.started_at = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::duration<double>(start_s)));
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::int64_t> spread(20'000, 3'000'000);
    for (int second = 0; second < seconds; ++second) {
      Histogram response;
      Interval interval{.start = second * 1s, .length = 1s, .sent = 100};
      for (int i = 0; i < 100; ++i) {
        const eddy::Duration time(spread(random));
        const eddy::Duration lag(spread(random) / 100);
        response.record(time + lag);
        results.response.record(time + lag);
        results.service.record(time);
        results.send_lag.record(lag);
        interval.send_lag_max = std::max(interval.send_lag_max, lag);
      }
      interval.response = response.sparse();
      results.series.push_back(interval);
    }
    results.sent = results.answered = static_cast<std::uint64_t>(seconds) * 100;
    results.bytes_out = results.bytes_in = results.sent * 64;
  }

  RunReport report(const std::string& name = "A.json") const {
    return run_report(name, Json::parse(json_report(settings, results)));
  }
};

// What `act` complains about.
template <class Act>
std::string complaint(Act act) {
  try {
    act();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace load::test
