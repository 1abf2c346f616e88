// Sockets that other libraries own, and close without a word.
#include <gtest/gtest.h>
#include <windows.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class WatchingSockets : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, WatchingSockets, each_driver(), driver_of);

Duration processor_time() {
  FILETIME unused;
  FILETIME kernel;
  FILETIME user;
  GetProcessTimes(GetCurrentProcess(), &unused, &unused, &kernel, &user);
  const auto ticks = [](const FILETIME& time) {
    return std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime;  // of 100 ns
  };
  return 100ns * (ticks(kernel) + ticks(user));
}

TEST_P(WatchingSockets, ClosedBehindOurBackIsNoBusyWork) {
  auto pair = socket_pair();
  Loop loop({.driver = driver()});
  int calls = 0;
  const auto watch = loop.watch(pair.first.descriptor(), Interest::read, [&](Ready) { ++calls; });
  loop.run_once(loop.now());
  pair.first.close();
  turn_for(loop, 20ms);
  const auto turns = loop.stats().turns;
  const auto before = processor_time();
  turn_for(loop, 300ms);
  EXPECT_LT(processor_time() - before, 50ms);
  EXPECT_LT(loop.stats().turns - turns, 10U);
  EXPECT_LE(calls, 1);
}

}  // namespace
}  // namespace eddy::test
