// What a driver has closed is free when the call returns, however many streams are ready: its address can be bound in
// the next line, and a foreign descriptor is its owner's alone.
#include <gtest/gtest.h>

#include <thread>

#include "raw_peers.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ReuseOnDriver : public RawPeersTest {
 protected:
  // A hundred streams that have something to tell, which no wait has seen.
  void make_crowd() { connect_raw(100); }
  void make_ready() {
    for (auto& peer : peers) peer.send("ready");
  }
  void expect_all_served() {
    ASSERT_TRUE(wait_until([&] {
      for (const auto& stream : streams) {
        if (stream->received != "ready") return false;
      }
      return true;
    }));
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, ReuseOnDriver, each_driver(), driver_of);

TEST_P(ReuseOnDriver, PortOfAListenerIsFreeAtOnce) {
  make_crowd();
  auto local = Address::parse("tcp://127.0.0.1:0");
  for (int round = 0; round < 5; ++round) {
    TestAcceptor acceptor;
    ASSERT_EQ(driver_->listen(acceptor, local, {}), std::error_code()) << round;
    driver_->accept(acceptor, true);
    for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
    for (auto& stream : streams) stream->received.clear();
    make_ready();
    driver_->close(acceptor);
    TestAcceptor next;
    EXPECT_EQ(driver_->listen(next, local, {}), std::error_code()) << round;
    driver_->close(next);
    expect_all_served();
  }
}

TEST_P(ReuseOnDriver, PortOfADatagramSocketIsFreeAtOnce) {
  make_crowd();
  auto local = Address::parse("udp://127.0.0.1:0");
  for (int round = 0; round < 5; ++round) {
    TestDatagrams socket;
    ASSERT_EQ(driver_->bind(socket, local, {}), std::error_code()) << round;
    driver_->receive(socket, true);
    for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
    for (auto& stream : streams) stream->received.clear();
    make_ready();
    driver_->close(socket);
    TestDatagrams next;
    EXPECT_EQ(driver_->bind(next, local, {}), std::error_code()) << round;
    driver_->close(next);
    expect_all_served();
  }
}

TEST_P(ReuseOnDriver, ForeignSocketThatIsWatchedNoMoreEndsWhenItsOwnerClosesIt) {
  make_crowd();
  for (int round = 0; round < 5; ++round) {
    auto [ours, theirs] = socket_pair();
    TestWatched watched;
    ASSERT_EQ(driver_->watch(watched, ours.descriptor(), Interest::read), std::error_code());
    for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
    for (auto& stream : streams) stream->received.clear();
    make_ready();
    driver_->unwatch(watched);
    ours.close();
    // No wait of the driver's is needed for it.
    const auto give_up = driver_->clock() + 5s;
    while (theirs.read_some().empty() && !theirs.ended() && driver_->clock() < give_up)
      std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(theirs.ended()) << round;
    expect_all_served();
  }
}

TEST_P(ReuseOnDriver, WhoWaitsAtAListenerThatClosesIsToldAndNobodyElseIsTakenForHim) {
  make_crowd();
  TestAcceptor first;
  TestAcceptor second;
  const auto address = listen(first);
  const auto other = listen(second);
  for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  make_ready();
  RawSocket at_first(address);
  RawSocket at_second(other);
  driver_->close(first);
  const auto give_up = driver_->clock() + 5s;
  while (at_first.read_some().empty() && !at_first.ended() && !at_first.reset() && driver_->clock() < give_up) {
    driver_->wait(driver_->now() + 1ms);
  }
  EXPECT_TRUE(at_first.ended() || at_first.reset());
  EXPECT_TRUE(first.sockets.empty());
  ASSERT_TRUE(wait_until([&] { return second.sockets.size() == 1; }));
  driver_->discard(second.sockets.front());
  driver_->close(second);
}

// What the system had accepted for a listener, and no wait has told of, ends with the driver.
TEST_P(ReuseOnDriver, WhoWasAcceptedUnheardEndsWithTheDriver) {
  TestAcceptor first;
  TestAcceptor second;
  listen(first);
  const auto other = listen(second);
  for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  RawSocket client(other);
  driver_->close(first);
  driver_->close(second);
  for (const auto socket : second.sockets) driver_->discard(socket);
  driver_.reset();
  const auto give_up = std::chrono::steady_clock::now() + 5s;
  while (client.read_some().empty() && !client.ended() && !client.reset() &&
         std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(client.ended() || client.reset());
}

}  // namespace
}  // namespace eddy::test
