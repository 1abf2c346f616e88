// A connection that is released by one loop and adopted by another: what arrives meanwhile, and what waits, is not
// lost.
#include <gtest/gtest.h>
#include <reactor/pool_listener.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class MovedConnection : public OnDriver {
 protected:
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }

  Script script;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, MovedConnection, each_driver(), driver_of);

ReleasedConnection with_unread(RawSocket& socket, Bytes unread) {
  return {.socket = socket.release(), .unread = {unread.begin(), unread.end()}};
}

TEST_P(MovedConnection, GetsWhatWasUnreadBeforeWhatTheSocketHas) {
  auto [ours, theirs] = socket_pair();
  theirs.send("second");
  script.on_open = [&](Connection& peer) { peer.send("open"); };
  auto& connection = adopt<Scripted>(loop, with_unread(ours, "first "), script.factory());
  EXPECT_EQ(connection.kept(), 6U);
  EXPECT_TRUE(script.events.empty()) << "no callback inside of adopt";
  ASSERT_TRUE(until([&] { return script.received == "first second"; })) << script.received;
  EXPECT_EQ(script.events.front(), "open");
  EXPECT_EQ(connection.bytes_in(), 6U) << "the other connection has counted the rest";
}

TEST_P(MovedConnection, GetsWhatWasUnreadThoughNothingElseComes) {
  auto [ours, theirs] = socket_pair();
  adopt<Scripted>(loop, with_unread(ours, "all"), script.factory());
  ASSERT_TRUE(until([&] { return script.received == "all"; }));
}

TEST_P(MovedConnection, ThatPausesInOnOpenGetsWhatWasUnreadAfterResume) {
  auto [ours, theirs] = socket_pair();
  script.on_open = [](Connection& peer) { peer.pause(); };
  auto& connection = adopt<Scripted>(loop, with_unread(ours, "kept"), script.factory());
  ASSERT_TRUE(until([&] { return script.opened(); }));
  turn_for(loop, std::chrono::milliseconds(2));
  EXPECT_EQ(script.received, "");
  connection.resume();
  ASSERT_TRUE(until([&] { return script.received == "kept"; }));
}

TEST_P(MovedConnection, HearsOfThePeersEndBehindWhatWasUnread) {
  auto [ours, theirs] = socket_pair();
  theirs.close();
  adopt<Scripted>(loop, with_unread(ours, "last"), script.factory());
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.received, "last");
  EXPECT_EQ(script.events, (std::vector<std::string>{"open", "data", "end", "close"}));
}

TEST_P(MovedConnection, IsToldByOnLowWhenItsOutputHasLeft) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  std::optional<ReleasedConnection> released;
  link.server.on_low = [&](Connection& peer) {
    EXPECT_EQ(peer.queued(), 0U);
    released = peer.release();
  };
  link.at_server()->send("a small one, far below the high mark");
  EXPECT_FALSE(link.at_server()->release());
  ASSERT_TRUE(link.until([&] { return released.has_value(); }));
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::released);
  EXPECT_EQ(link.server.count("low"), 1U);
}

TEST_P(MovedConnection, IsToldByOnLowOnceMoreWhenTheLowMarkIsNotTheEnd) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  link.at_client()->pause();
  auto options = link.at_server()->options();
  options.low_mark = 4'000'000;
  options.high_mark = 5'000'000;
  link.at_server()->set_options(options);
  bool released = false;
  link.server.on_low = [&](Connection& peer) { released = peer.release().has_value(); };
  EXPECT_EQ(link.at_server()->send(std::string(12'000'000, 'x')), SendResult::accepted_above_high_mark);
  EXPECT_FALSE(link.at_server()->release());
  link.at_client()->resume();
  ASSERT_TRUE(link.until([&] { return released; }));
  ASSERT_TRUE(link.until([&] { return link.client.received.size() == 12'000'000; }));
}

// ---- from loop to loop

// Sends back what it gets, and moves to the next loop each time that it has done so with `step` bytes.
struct Wanderer {
  static constexpr std::size_t step = 20'000;
  struct Journey {
    std::atomic<int> moves{0};
    std::atomic<int> releases{0};
    std::atomic<int> ends{0};
    std::mutex mutex;
    std::set<Loop*> loops;
  };

  LoopPool* pool;
  Journey* journey;
  std::size_t loop = 0;
  std::size_t sent = 0;
  bool moves = false;

  void on_open(Connection& peer) const {
    const std::lock_guard lock(journey->mutex);
    journey->loops.insert(&peer.loop());
  }
  std::size_t on_data(Connection& peer, Bytes in) {
    if (peer.send(in) == SendResult::refused) return 0;
    sent += in.size();
    if (sent >= step) {
      moves = true;
      peer.pause();
      move(peer);
    }
    return in.size();
  }
  void on_low(Connection& peer) {
    if (moves) move(peer);
  }
  void on_close(Connection& /*peer*/, std::error_code why) const {
    ++(why == Errc::released ? journey->releases : journey->ends);
  }

  void move(Connection& peer) const {
    auto moved = peer.release();
    if (!moved) return;  // on_low comes when the output has left
    ++journey->moves;
    const auto next = (loop + 1) % pool->size();
    const auto posted = pool->remote(next).post(
        [&to = (*pool)[next], moved = std::move(*moved), with = Wanderer{pool, journey, next}]() mutable {
          adopt<Wanderer>(to, std::move(moved), [&] { return with; });
        });
    EXPECT_TRUE(posted);
  }
};

TEST_P(MovedConnection, LosesNothingOnItsWayThroughAPool) {
  for (const std::string kind : {"tcp", "unix"}) {
    if (kind == "unix" && !has_unix_sockets()) continue;
    LoopPool pool(3, {.driver = driver()});
    Wanderer::Journey journey;
    const PoolListener<Wanderer> listener(pool, free_address(kind), [&](std::size_t at) {
      return Wanderer{&pool, &journey, at};
    });
    std::string all;
    for (std::size_t i = 0; i < 1'000'000; ++i) all += static_cast<char>(i * i >> 3U);
    // Sends in pieces, a new one for each that came back: there is data under way in both directions always.
    std::thread clients([&] {
      std::vector<Script> scripts(3);  // outlive the loop, whose end calls on_close
      Loop here({.driver = driver()});
      for (auto& each : scripts) {
        each.on_open = [&](Connection& peer) { peer.send(Bytes(all).first(300'000)); };
        each.on_data = [&, sent = std::size_t{300'000}](Connection& peer, Bytes in) mutable {
          const auto size = std::min(in.size(), all.size() - sent);
          peer.send(Bytes(all).without_first(sent).first(size));
          sent += size;
          return in.size();
        };
        connect<Scripted>(here, listener.address().to_string(), each.factory());
      }
      EXPECT_TRUE(turn_until(here, [&] {
        return std::all_of(scripts.begin(), scripts.end(),
                           [&](const auto& each) { return each.received.size() >= all.size() || each.closed(); });
      }));
      for (auto& each : scripts) {
        EXPECT_TRUE(each.received == all) << each.received.size();
        here.find(each.last)->close();
      }
      EXPECT_TRUE(turn_until(here, [&] { return here.stats().open == 0 && journey.ends == 3; }));
      pool.stop();
    });
    pool.run();
    clients.join();
    EXPECT_GT(journey.moves, 20) << kind;
    EXPECT_EQ(journey.releases, journey.moves);
    EXPECT_EQ(journey.loops.size(), 3U);
  }
}

}  // namespace
}  // namespace eddy::test
