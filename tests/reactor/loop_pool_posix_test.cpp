// What a pool does about signals, and when a loop cannot go on.
#include <gtest/gtest.h>
#include <reactor/pool_listener.h>
#include <unistd.h>

#include <csignal>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class PoolSignals : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, PoolSignals, each_driver(), driver_of);

TEST_P(PoolSignals, EndAllLoops) {
  LoopPool pool(3, {.driver = driver()});
  pool.stop_on({SIGUSR1});
  // To this thread: TSan does not run a handler in a thread that waits in a system call that it does not know
  // (io_uring).
  pool.remote(1).post([] { ::raise(SIGUSR1); });
  pool.run();
}

TEST(PoolFailure, OfOneLoopEndsAllAndReachesTheCaller) {
  // Of the best one, whose descriptor is what it waits by.
  LoopPool pool(3, {.driver = std::string(driver_names().front())});
  pool.remote(1).post([&] { ::close(*pool[1].descriptor()); });
  EXPECT_THROW(pool.run(), std::system_error);
}

}  // namespace
}  // namespace eddy::test
