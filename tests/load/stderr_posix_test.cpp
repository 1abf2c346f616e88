#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

TEST(Stderr, ATerminalThatFailsDoesNotDisturbTheRun) {
  const int full = ::open("/dev/full", O_WRONLY);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = short_run(server.url());
  settings.duration = 400ms;
  settings.progress = true;
  const int real = ::dup(STDERR_FILENO);
  ::dup2(full, STDERR_FILENO);
  const auto results = run_checked(settings);
  ::dup2(real, STDERR_FILENO);
  ::close(real);
  ::close(full);
  EXPECT_TRUE(problems(settings, results).empty());
}

}  // namespace
}  // namespace load::test
