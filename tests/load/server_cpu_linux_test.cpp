#include <gtest/gtest.h>
#include <tools/load/output/server_cpu.h>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

TEST(ServerCpu, IsWhatTheProcessUsed) {
  const auto ours = cpu_time();
  const auto told = server_cpu_time(process_id());
  // Told in hundredths of a second, and taken a little later.
  EXPECT_GE(told.total() + 30ms, ours.total());
  EXPECT_LE(told.total(), cpu_time().total() + 30ms);
}

TEST(ServerCpu, ARunHasThatOfItsMeasuredPart) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = short_run(server.url());
  settings.outputs.server_pid = process_id();  // the server is in this process
  const auto results = run_checked(settings);
  ASSERT_TRUE(results.server_cpu);
  EXPECT_LE(results.server_cpu->total(), results.cpu.total() + 30ms);
}

}  // namespace
}  // namespace load::test
