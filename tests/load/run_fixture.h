// What the tests of whole runs share.
#pragma once

#include <gtest/gtest.h>
#include <tools/load/process.h>
#include <tools/load/results.h>
#include <tools/load/run.h>
#include <tools/load/settings.h>

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "../support/fixture.h"

namespace load::test {

using namespace std::chrono_literals;

// A free address of that kind: "tcp", "udp", "unix" or "unixgram".
inline std::string free_url(const std::string& kind) {
  static std::atomic<int> counter{0};
  if (kind == "tcp" || kind == "udp") return kind + "://127.0.0.1:0";
  const std::string folder = eddy::Address::has_abstract_names() ? "@" : "/tmp/";
  return kind + ":" + folder + "eddy-load-test-" + std::to_string(process_id()) + "-" +
         std::to_string(counter.fetch_add(1));
}

// Those of two kinds that the system has.
inline auto kinds(const char* ip, const char* local) {
  return testing::ValuesIn(eddy::test::has_unix_sockets() ? std::vector{ip, local} : std::vector{ip});
}

// Generous time-outs: only tests that are about one set it.
inline Settings short_run(const std::string& url) {
  Settings settings;
  settings.url = url;
  settings.connections = 1;
  settings.duration = 150ms;
  settings.timeout = 20s;
  settings.grace = 20s;
  settings.connect_timeout = 20s;
  return settings;
}

inline Results run_checked(const Settings& settings) { return run(settings, check(settings)); }

// `count` messages, one every `interval`.
inline Settings planned_run(const std::string& url, int count, eddy::Duration interval) {
  auto settings = short_run(url);
  settings.rate = 1e9 / static_cast<double>(interval.count());
  settings.duration = count * interval;
  return settings;
}

}  // namespace load::test
