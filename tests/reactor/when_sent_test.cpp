// Being told when what was sent has left.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

// More than the kernel's buffers take.
constexpr std::size_t large = 12 << 20;

class WhenSent : public OnDriver {
 protected:
  // A server's connection to a peer that reads nothing until it is told to.
  Connection& to_a_peer_that_does_not_read() {
    peer = std::make_unique<RawSocket>(link.listener->address(), 256 << 10);
    EXPECT_TRUE(link.until([&] { return link.server.opened(); }));
    return *link.at_server();
  }
  // Reads until `condition` holds.
  template <class Condition>
  bool reading_until(Condition condition) {
    return link.until([&] {
      for (std::size_t more = 1; more > 0; got += more) more = peer->read_some(1 << 20).size();
      return condition();
    });
  }
  Link link{driver()};
  std::unique_ptr<RawSocket> peer;
  std::size_t got = 0;
  std::vector<int> told;
};
INSTANTIATE_TEST_SUITE_P(Drivers, WhenSent, each_driver(), driver_of);

TEST_P(WhenSent, IsCalledInOrderWhenAllThatWasSentBeforeHasBeenTaken) {
  auto& connection = to_a_peer_that_does_not_read();
  const std::string half(large / 2, 'x');
  for (const int each : {1, 2}) {
    ASSERT_NE(connection.send(half), SendResult::refused);
    ASSERT_TRUE(connection.when_sent([&, each](Connection& sent_to) {
      told.push_back(each);
      EXPECT_GE(sent_to.bytes_out(), static_cast<std::size_t>(each) * half.size());
    }));
  }
  ASSERT_NE(connection.send("y"), SendResult::refused);
  turn_for(link.loop, std::chrono::milliseconds(20));
  EXPECT_GT(link.at_server()->queued(), half.size());
  EXPECT_EQ(told, std::vector<int>{});
  ASSERT_TRUE(reading_until([&] { return got == large + 1; }));
  EXPECT_EQ(told, (std::vector{1, 2}));
}

TEST_P(WhenSent, IsCalledSoonButNotInsideTheCallWhenNothingIsQueued) {
  ASSERT_TRUE(link.open());
  ASSERT_TRUE(link.at_client()->when_sent([&](Connection& sent_to) {
    told.push_back(1);
    EXPECT_EQ(sent_to.id(), link.client_id);
  }));
  EXPECT_EQ(told, std::vector<int>{});
  ASSERT_TRUE(link.until([&] { return !told.empty(); }));
  turn_for(link.loop, std::chrono::milliseconds(5));
  EXPECT_EQ(told.size(), 1U);
}

TEST_P(WhenSent, WhileConnectingWaitsForOnOpen) {
  bool opened = false;
  auto& connection = link.connect();
  connection.send("early");
  ASSERT_TRUE(connection.when_sent([&](Connection& /*sent_to*/) {
    told.push_back(1);
    opened = link.client.opened();
  }));
  ASSERT_TRUE(link.until([&] { return !told.empty() && link.server.received == "early"; }));
  EXPECT_TRUE(opened);
}

TEST_P(WhenSent, IsCalledBehindFinishAndCloseToo) {
  for (const bool finishes : {false, true}) {
    told.clear();
    got = 0;
    auto& connection = to_a_peer_that_does_not_read();
    const auto ends = link.server.reasons.size();
    ASSERT_NE(connection.send(std::string(large, 'x')), SendResult::refused);
    ASSERT_TRUE(connection.when_sent([&](Connection& /*sent_to*/) {
      told.push_back(1);
      EXPECT_EQ(link.server.reasons.size(), ends);
    }));
    finishes ? connection.finish() : connection.close();
    EXPECT_EQ(connection.when_sent([](Connection& /*sent_to*/) {}), finishes);
    ASSERT_TRUE(reading_until([&] { return peer->ended(); }));
    EXPECT_EQ(got, large);
    EXPECT_EQ(told.size(), 1U);
    peer->close();
    ASSERT_TRUE(link.until([&] { return link.server.reasons.size() > ends; }));
    link.server.events.clear();
  }
}

TEST_P(WhenSent, IsDestroyedUncalledBeforeOnCloseWhenTheConnectionEndsEarlier) {
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> alive(token);
  auto& connection = to_a_peer_that_does_not_read();
  connection.send(std::string(large, 'x'));
  ASSERT_TRUE(connection.when_sent([&, token = std::move(token)](Connection& /*sent_to*/) { told.push_back(1); }));
  turn_for(link.loop, std::chrono::milliseconds(5));
  link.server.on_close = [&](Connection& ended, std::error_code) {
    EXPECT_TRUE(alive.expired());
    EXPECT_FALSE(ended.when_sent([](Connection& /*sent_to*/) {}));
  };
  link.at_server()->abort();
  EXPECT_FALSE(alive.expired());
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(told, std::vector<int>{});
}

TEST_P(WhenSent, SendsAFilePieceByPieceWithOnePieceInMemory) {
  const std::string piece(64 << 10, 'x');
  int left = 64;
  std::size_t most_queued = 0;
  std::function<void(Connection&)> send_next = [&](Connection& to) {
    if (left-- == 0) return void(to.finish());
    ASSERT_NE(to.send(piece), SendResult::refused);
    most_queued = std::max(most_queued, to.queued());
    ASSERT_TRUE(to.when_sent(send_next));
  };
  link.server.on_open = send_next;
  ASSERT_TRUE(link.open());
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_EQ(link.client.received.size(), 64 * piece.size());
  EXPECT_LE(most_queued, piece.size());
}

TEST_P(WhenSent, OneThatAsksAgainEachTimeKeepsNobodyWaiting) {
  std::function<void(Connection&)> again = [&](Connection& to) {
    told.push_back(1);
    to.when_sent(again);
  };
  ASSERT_TRUE(link.open());
  link.at_client()->when_sent(again);
  link.at_server()->send("served");
  ASSERT_TRUE(link.until([&] { return link.client.received == "served" && told.size() > 10; }));
}

TEST_P(WhenSent, ExceptionEndsTheConnectionAndTheOthersAreNotCalled) {
  int reported = 0;
  link.loop.on_exception([&](const std::exception_ptr&) { ++reported; });
  ASSERT_TRUE(link.open());
  link.at_client()->when_sent([](Connection& /*sent_to*/) { throw std::runtime_error("full"); });
  link.at_client()->when_sent([&](Connection& /*sent_to*/) { told.push_back(2); });
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_EQ(link.client.why(), Errc::callback_threw);
  EXPECT_EQ(reported, 1);
  EXPECT_EQ(told, std::vector<int>{});
}

}  // namespace
}  // namespace eddy::test
