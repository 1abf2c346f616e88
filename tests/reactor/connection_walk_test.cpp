// Walking all connections of a loop, which may close, open and send meanwhile.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <stdexcept>
#include <utility>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class ConnectionWalk : public OnDriver {
 protected:
  void SetUp() override {
    for (std::size_t i = 1; i <= 3; ++i) {
      link.connect();
      ASSERT_TRUE(link.until([&] { return link.client.count("open") == i && link.server.count("open") == i; }));
    }
  }
  std::size_t walk(const std::function<void(Connection&)>& visit) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    link.loop.for_each_connection([&](Connection& peer) {
      EXPECT_TRUE(seen.emplace(peer.id().slot, peer.id().generation).second) << "visited twice";
      visit(peer);
    });
    return seen.size();
  }
  Link link{driver()};
};
INSTANTIATE_TEST_SUITE_P(Drivers, ConnectionWalk, each_driver(), driver_of);

TEST_P(ConnectionWalk, VisitsEachConnectionOnceAndNothingElse) {
  EXPECT_EQ(walk([](Connection&) {}), 6U);
}

TEST_P(ConnectionWalk, VisitMayEndTheConnections) {
  EXPECT_EQ(walk([](Connection& peer) { peer.id().slot % 2 == 0 ? peer.close() : peer.abort(); }), 6U);
  EXPECT_TRUE(link.until([&] { return link.loop.stats().open == 0; }));
  EXPECT_EQ(walk([](Connection&) {}), 0U);
}

TEST_P(ConnectionWalk, VisitMaySendAndConnectAndIsNotEndless) {
  bool connected = false;
  EXPECT_GE(walk([&](Connection& peer) {
              peer.send("x");
              if (!std::exchange(connected, true)) link.connect();
            }),
            6U);
  EXPECT_TRUE(link.until([&] { return link.client.count("open") == 4 && link.server.received.size() >= 3; }));
}

TEST_P(ConnectionWalk, WalkFromOnCloseFindsTheOneThatEndsToo) {
  std::size_t found = 0;
  link.server.on_close = [&](Connection&, std::error_code) { found = walk([](Connection&) {}); };
  link.at_server()->abort();
  EXPECT_TRUE(link.until([&] { return found > 0; }));
  EXPECT_GE(found, 5U);
  link.server.on_close = nullptr;  // the loop's end calls it, too
}

TEST_P(ConnectionWalk, WhatTheVisitThrowsLeavesTheWalk) {
  EXPECT_THROW(walk([](Connection&) { throw std::runtime_error("enough"); }), std::runtime_error);
}

}  // namespace
}  // namespace eddy::test
