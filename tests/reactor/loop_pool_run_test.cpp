// LoopPool::run is for who has made the pool, not for the callbacks of its loops.
#include <gtest/gtest.h>
#include <reactor/loop_pool.h>

#include <stdexcept>
#include <string>

#include "../support/driver_choice.h"

namespace eddy::test {
namespace {

class PoolRun : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, PoolRun, each_driver(), driver_of);

TEST_P(PoolRun, IsRefusedFromACallbackOfEachOfItsLoops) {
  LoopPool pool(2, {.driver = driver()});
  std::string said[2];
  for (std::size_t i = 0; i < pool.size(); ++i) {
    pool.remote(i).post([&, i] {
      try {
        pool.run();
      } catch (const std::logic_error& refused) {
        said[i] = refused.what();
      }
      pool.stop();
    });
    pool.run();
    EXPECT_NE(said[i].find("LoopPool::run called while it is under way"), std::string::npos) << said[i];
  }
}

}  // namespace
}  // namespace eddy::test
