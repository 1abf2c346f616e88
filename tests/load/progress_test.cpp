#include <gtest/gtest.h>
#include <tools/load/output/server_cpu.h>
#include <tools/load/output/sparkline.h>

#include <algorithm>
#include <stdexcept>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

TEST(Sparkline, GoesFromZeroToTheHighestValue) {
  EXPECT_EQ(sparkline({0, 1, 2, 4}, false), "_:=#");
  EXPECT_EQ(sparkline({0, 1, 2, 4}, true), "▁▃▅█");
  EXPECT_EQ(sparkline({0, 0}, false), "__");
  EXPECT_EQ(sparkline({}, true), "");
}

TEST(Live, ALineAtEachIntervalsEndGoesToStderr) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = planned_run(server.url(), 100, 2ms);
  settings.outputs.live = true;
  settings.outputs.interval = 50ms;
  testing::internal::CaptureStderr();
  const auto results = run_checked(settings);
  const auto text = testing::internal::GetCapturedStderr();
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  EXPECT_GE(lines, 3U) << text;
  EXPECT_FALSE(results.series.empty());
  EXPECT_NE(text.find("msg/s  errors 0  send lag"), std::string::npos) << text;
  EXPECT_NE(text.find("  p99 "), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
}

TEST(ServerCpu, AProcessThatIsNotThereIsRefusedBeforeTheRun) {
  auto settings = short_run("tcp://127.0.0.1:1");
  settings.outputs.server_pid = 4'000'000'000;
  try {
    check(settings);
    FAIL() << "expected an error";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()).find("--server-pid 4000000000: expected "), 0U) << error.what();
  }
}

}  // namespace
}  // namespace load::test
