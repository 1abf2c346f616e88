// Random sessions, peers and pools, by seed. EDDY_RANDOM_SEEDS says how many each driver gets (20), EDDY_RANDOM_FIRST
// where they begin (0). A failure names its seed: EDDY_RANDOM_SEEDS=1 EDDY_RANDOM_FIRST=<seed> runs it again.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "../support/descriptors.h"
#include "../support/driver_choice.h"
#include "pool_world.h"
#include "watchdog.h"
#include "world.h"

namespace eddy::test {
namespace {

std::uint32_t number_of(const char* variable, std::uint32_t usual) {
  const char* text = std::getenv(variable);
  return text == nullptr ? usual : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

class Random : public OnDriver {
 protected:
  void SetUp() override {
    ASSERT_GE(allow_descriptors(8192), 4096U);
    folder = std::filesystem::temp_directory_path() / ("eddy-random-" + std::to_string(::getpid()));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  template <class Run>
  void each_seed(Run run) {
    const auto first = number_of("EDDY_RANDOM_FIRST", 0);
    const auto seeds = number_of("EDDY_RANDOM_SEEDS", 20);
    for (auto seed = first; seed < first + seeds && !HasFailure(); ++seed) {
      const auto what = driver() + ", seed " + std::to_string(seed);
      SCOPED_TRACE(what);
      const Watchdog watchdog(what);
      std::filesystem::remove_all(folder);
      std::filesystem::create_directory(folder);
      run(seed);
    }
  }

  std::filesystem::path folder;
};
INSTANTIATE_TEST_SUITE_P(Drivers, Random, each_driver(), driver_of);

TEST_P(Random, SessionsOfOneLoopKeepTheContract) {
  each_seed([this](std::uint32_t seed) { World(driver(), seed, folder).run(); });
}

TEST_P(Random, SessionsOfAPoolKeepTheContract) {
  each_seed([](std::uint32_t seed) { PoolWorld(driver(), seed).run(); });
}

}  // namespace
}  // namespace eddy::test
