#include <gtest/gtest.h>
#include <tools/load/child_server.h>
#include <tools/load/selftest.h>

#include <chrono>
#include <string>
#include <thread>

#include "run_fixture.h"

namespace load::test {
namespace {

TEST(ChildServer, IsStoppedAndGoesOn) {
  const ChildServer server;
  auto settings = short_run(server.url());
  server.stop();
  std::thread later([&server] {
    std::this_thread::sleep_for(300ms);
    server.go_on();
  });
  const auto results = run_checked(settings);
  later.join();
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_GE(results.response.max(), 100ms);
}

TEST(ChildServer, AnswersNotBeforeItsDelay) {
  const ChildServer server(30ms);
  auto settings = short_run(server.url());
  settings.connections = 3;
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_GE(results.service.min(), 30ms);
}

TEST(SelfTest, SaysOfEachCheckWhetherItPassedAndAtTheEndOfAll) {
  const auto good = report({{"stall", "p99 1 s", true}, {"delay", "20 ms", true}});
  EXPECT_NE(good.find("stall         ok: p99 1 s\n"), std::string::npos) << good;
  EXPECT_NE(good.find("\nok: "), std::string::npos) << good;
  const auto bad = report({{"stall", "p99 1 s", true}, {"delay", "25 ms", false}});
  EXPECT_NE(bad.find("delay         FAILED: 25 ms\n"), std::string::npos) << bad;
  EXPECT_NE(bad.find("\nFAILED: 1 of 2"), std::string::npos) << bad;
}

}  // namespace
}  // namespace load::test
