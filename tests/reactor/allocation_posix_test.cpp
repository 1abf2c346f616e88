// Steady traffic allocates nothing, however much of it there is.
#include <gtest/gtest.h>
#include <reactor/listener.h>

#include <vector>

#include "../support/allocations.h"
#include "../support/descriptors.h"
#include "../support/driver_choice.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class AllocationsOf : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, AllocationsOf, each_driver(), driver_of);

// More than a loop delivers in one turn completes in each: what has been delivered must not be kept.
TEST_P(AllocationsOf, ManyStreamsThatAreNeverIdleAreNone) {
  constexpr std::size_t count = 1'500;
  if (allow_descriptors(4 * count) < 3 * count) GTEST_SKIP() << "needs " << 3 * count << " descriptors";
  struct NeverIdle {
    std::uint64_t* sends;
    std::size_t* opened;
    void on_data(Connection& /*peer*/, Bytes /*in*/) const {}
    void on_open(Connection& peer) const {
      ++*opened;
      on_low(peer);
    }
    void on_low(Connection& peer) const {
      ++*sends;
      peer.send("x");
    }
  };
  Loop loop({.driver = driver()});
  std::uint64_t sends = 0;
  std::size_t opened = 0;
  std::vector<RawSocket> peers;
  for (std::size_t i = 0; i < count; ++i) {
    auto [ours, theirs] = socket_pair();
    adopt<NeverIdle>(loop, ours.release(), [&] { return NeverIdle{&sends, &opened}; }, {.high_mark = 0, .low_mark = 0});
    peers.push_back(std::move(theirs));
  }
  const auto until = [&](std::uint64_t enough) {
    while (sends < enough || opened < count) {
      loop.run_once();
      for (auto& peer : peers) peer.read_some(8);
    }
  };
  until(0);
  until(sends + 20'000);
  const auto before = allocations();
  until(sends + 60'000);
  EXPECT_EQ(allocations() - before, 0U);
}

}  // namespace
}  // namespace eddy::test
