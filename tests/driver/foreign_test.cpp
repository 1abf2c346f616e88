// The driver contract for foreign descriptors: what is told, and to whom.
#include <gtest/gtest.h>

#include "../support/raw_socket.h"
#include "../support/wine.h"
#include "fake_endpoints.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ForeignOnDriver : public DriverTest {
 protected:
  void watch(TestWatched& watched, const RawSocket& socket, Interest interest) {
    ASSERT_EQ(driver_->watch(watched, socket.descriptor(), interest), std::error_code());
  }
  void settle() {
    for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + 1ms);
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, ForeignOnDriver, each_driver(), driver_of);

TEST_P(ForeignOnDriver, WriteInterestTellsOfWritingAlone) {
  auto [ours, theirs] = socket_pair();
  theirs.send("x");
  TestWatched watched;
  watch(watched, ours, Interest::write);
  ASSERT_TRUE(wait_until([&] { return watched.calls >= 3; })) << "level-triggered";
  EXPECT_TRUE(watched.last.write);
  EXPECT_FALSE(watched.last.read);
  EXPECT_FALSE(watched.last.error);
  driver_->unwatch(watched);
}

TEST_P(ForeignOnDriver, BothInterestsTellOfWhatIsReady) {
  auto [ours, theirs] = socket_pair();
  TestWatched watched;
  watch(watched, ours, Interest::both);
  ASSERT_TRUE(wait_until([&] { return watched.calls >= 3; }));
  EXPECT_TRUE(watched.last.write);
  EXPECT_FALSE(watched.last.read);
  theirs.send("x");
  ASSERT_TRUE(wait_until([&] { return watched.last.read; }));
  ASSERT_TRUE(wait_until([&] { return watched.last.write; }));
  while (ours.read_some().empty()) driver_->wait(driver_->now() + 1ms);
  ASSERT_TRUE(wait_until([&] { return !watched.last.read; }));
  driver_->unwatch(watched);
}

TEST_P(ForeignOnDriver, FullOneIsNotWritableUntilThereIsRoom) {
  auto [ours, theirs] = socket_pair();
  const std::string much(100'000, 'x');
  while (ours.send_some(much) > 0) {
  }
  TestWatched watched;
  watch(watched, ours, Interest::write);
  settle();
  EXPECT_EQ(watched.calls, 0);
  ASSERT_TRUE(wait_until([&, &peer = theirs] {
    peer.read_some();
    return watched.calls > 0;
  }));
  EXPECT_TRUE(watched.last.write);
  driver_->unwatch(watched);
}

TEST_P(ForeignOnDriver, EndOfFileIsReadable) {
  auto [ours, theirs] = socket_pair();
  TestWatched watched;
  watch(watched, ours, Interest::read);
  theirs.finish();
  ASSERT_TRUE(wait_until([&] { return watched.calls > 0; }));
  EXPECT_TRUE(watched.last.read);
  EXPECT_EQ(ours.read_some(), "");
  EXPECT_TRUE(ours.ended());
  driver_->unwatch(watched);
}

TEST_P(ForeignOnDriver, ResetIsToldAsAnErrorAndReadable) {
  if (under_wine()) GTEST_SKIP() << "Wine tells nothing more of a socket that has had an error";
  TestAcceptor acceptor;
  RawSocket ours(listen(acceptor));
  ASSERT_TRUE(wait_until([&] { return acceptor.sockets.size() == 1; }));
  RawSocket theirs(acceptor.sockets.front());
  TestWatched watched;
  watch(watched, ours, Interest::read);
  settle();
  EXPECT_EQ(watched.calls, 0);
  theirs.close_with_reset();
  ASSERT_TRUE(wait_until([&] { return watched.calls > 0; }));
  EXPECT_TRUE(watched.last.read) << "a call will say which";
  EXPECT_TRUE(watched.last.error);
  EXPECT_EQ(ours.read_some(), "");
  EXPECT_TRUE(ours.reset());
  driver_->unwatch(watched);
  driver_->close(acceptor);
}

// Both are ready in one wait; whoever is told first changes what the other one waits for.
class InterestChangedInABatch : public ForeignOnDriver {
 protected:
  // What the one told second is told of, in the wait that told both and in some later ones.
  void run(Interest before, const std::function<void(TestWatched&)>& change) {
    ends.push_back(socket_pair());
    ends.push_back(socket_pair());
    for (std::size_t i = 0; i < 2; ++i) watch(watched[i], ends[i].first, before);
    settle();
    for (auto& each : watched) each.calls = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      watched[i].on_ready = [this, i, change] {
        watched[0].on_ready = watched[1].on_ready = nullptr;
        second = &watched[1 - i];
        called_before = second->calls;
        change(*second);
      };
    }
    for (auto& [ours, theirs] : ends) theirs.send("x");
    // Both have arrived when the driver looks.
    for (auto& [ours, theirs] : ends) wait_for_input(ours.descriptor());
    ASSERT_TRUE(wait_until([&] { return second != nullptr; }));
  }
  void TearDown() override {
    for (auto& each : watched) driver_->unwatch(each);
  }

  TestWatched watched[2];
  std::vector<std::pair<RawSocket, RawSocket>> ends;
  TestWatched* second = nullptr;
  int called_before = 0;
};
INSTANTIATE_TEST_SUITE_P(Drivers, InterestChangedInABatch, each_driver(), driver_of);

TEST_P(InterestChangedInABatch, ToNoneIsNoCall) {
  run(Interest::read, [this](TestWatched& other) { driver_->set_interest(other, Interest::none); });
  settle();
  EXPECT_EQ(second->calls, called_before);
  driver_->set_interest(*second, Interest::read);
  ASSERT_TRUE(wait_until([&] { return second->calls > called_before; })) << "it is ready still";
}

TEST_P(InterestChangedInABatch, ToWriteTellsNothingOfReading) {
  run(Interest::read, [this](TestWatched& other) {
    driver_->set_interest(other, Interest::write);
    other.on_ready = [&other] { EXPECT_FALSE(other.last.read); };
  });
  ASSERT_TRUE(wait_until([&] { return second->calls > called_before; }));
  EXPECT_TRUE(second->last.write);
  settle();
}

TEST_P(InterestChangedInABatch, UnwatchedIsNoCall) {
  run(Interest::read, [this](TestWatched& other) { driver_->unwatch(other); });
  settle();
  EXPECT_EQ(second->calls, called_before);
}

TEST_P(InterestChangedInABatch, ToNoneAndBackGoesOn) {
  run(Interest::read, [this](TestWatched& other) {
    driver_->set_interest(other, Interest::none);
    driver_->set_interest(other, Interest::read);
  });
  ASSERT_TRUE(wait_until([&] { return second->calls >= called_before + 3; }));
}

}  // namespace
}  // namespace eddy::test
