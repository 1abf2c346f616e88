// Choosing the driver of a loop by the environment.
#include <gtest/gtest.h>
#include <reactor/loop.h>

#include <cstdlib>
#include <stdexcept>

#include "../support/driver_choice.h"

namespace eddy::test {
namespace {

TEST(LoopDriver, ComesFromTheOptionThenTheEnvironmentThenWhatIsBest) {
  ::unsetenv("EDDY_DRIVER");
  EXPECT_EQ(Loop().driver().name, driver_names().front());
  EXPECT_NE(Loop().driver().reason, "");
  ::setenv("EDDY_DRIVER", "poll", 1);
  EXPECT_EQ(Loop().driver().name, "poll");
  EXPECT_NE(Loop().driver().reason.find("EDDY_DRIVER"), std::string::npos);
  const auto best = driver_names().front();
  EXPECT_EQ(Loop({.driver = std::string(best)}).driver().name, best);
  ::setenv("EDDY_DRIVER", "nothing", 1);
  EXPECT_THROW(Loop(), std::invalid_argument);
  ::unsetenv("EDDY_DRIVER");
}

}  // namespace
}  // namespace eddy::test
