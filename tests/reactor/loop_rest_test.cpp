// What is left of a run: completions that nobody was told of yet, memory that was freed, sockets of a loop that nobody
// turns. Nothing of it is lost, mixed up, or waited for without end.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/pool_listener.h>

#include <optional>
#include <system_error>

#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "../support/wine.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class LoopRest : public OnDriver {
 protected:
  std::vector<RawSocket> peers;
};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopRest, each_driver(), driver_of);

// The end of the others' input completes while the loop comes to rest. It was waited for a second time.
TEST_P(LoopRest, LoopEndsThoughItsConnectionsHaveEndedWhileItCameToRest) {
  Script sessions;
  std::optional<Loop> ending(LoopOptions{.driver = driver()});
  std::vector<Id> accepted;
  {
    const Listener<Scripted> server(*ending, "tcp://127.0.0.1:0", sessions.factory());
    for (std::size_t i = 0; i < 50; ++i) {
      peers.emplace_back(server.address());
      ASSERT_TRUE(turn_until(*ending, [&] { return sessions.count("open") == i + 1; }));
      accepted.push_back(sessions.last);
    }
  }
  sessions.on_end = [](Connection&) {};
  sessions.on_data = [&](Connection& peer, Bytes in) {
    for (std::size_t i = 0; i + 1 < peers.size(); ++i) peers[i].finish();
    peer.abort();
    ending->stop();
    return in.size();
  };
  peers.back().send("go");
  ending->run();
  ending.reset();
  EXPECT_EQ(sessions.count("close"), 50U);
}

TEST_P(LoopRest, MemoryFreedAtTheEndOfARunFeedsWhoWaitsForItInTheNext) {
  Script server;
  Loop tight({.driver = driver(), .memory_budget = 1024 * 1024});
  const ListenOptions options{.connection = {.high_mark = 8 << 20, .low_mark = 1 << 20, .linger_timeout = 0ns}};
  Listener<Scripted> small(tight, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  peers.emplace_back(small.address());
  peers.emplace_back(small.address());
  ASSERT_TRUE(turn_until(tight, [&] { return accepted.size() == 2; }));
  auto* greedy = tight.find(accepted[0]);
  while (greedy->send(std::string(10'000, 'x')) != SendResult::refused) tight.run_once(tight.now());
  ASSERT_EQ(tight.find(accepted[1])->send(std::string(500'000, 'y')), SendResult::refused);
  server.on_close = [&](Connection&, std::error_code) { tight.stop(); };
  greedy->abort();
  tight.run();
  bool low = false;
  server.on_low = [&](Connection&) { low = true; };
  tight.run_once(tight.now());
  EXPECT_TRUE(low) << "it was told of at the end of the run, not of the next turn";
}

// ---- between the runs of a pool

struct SilentSession {
  static void on_data(Connection& /*peer*/, Bytes /*in*/) {}
  static void on_datagram(DatagramSocket& /*socket*/, Bytes /*in*/, const Address& /*from*/) {}
};

class BetweenRuns : public OnDriver {
 protected:
  void run_and_stop() {
    pool.remote(1).post([this] { pool.stop(); });
    pool.run();
  }
  // Nobody listens there any more, and somebody else may.
  void expect_free(const std::string& address) {
    EXPECT_NO_THROW({ const Listener<SilentSession> next(other, address); }) << address;
    Script client;
    connect<Scripted>(other, address, client.factory());
    ASSERT_TRUE(turn_until(other, [&] { return client.closed(); }));
    EXPECT_EQ(client.why(), std::errc::connection_refused);
  }

  Script script;  // outlives the loops, whose end calls on_close
  LoopPool pool{2, {.driver = driver()}};
  Loop other{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, BetweenRuns, each_driver(), driver_of);

TEST_P(BetweenRuns, ListenerOfAnotherLoopIsClosedByItsDestructor) {
  for (const auto spread : {Spread::handoff, Spread::exclusive}) {
    auto listener = std::make_unique<PoolListener<SilentSession>>(pool, "tcp://127.0.0.1:0", ListenOptions{}, spread);
    const auto address = listener->address().to_string();
    run_and_stop();
    listener.reset();
    expect_free(address);
    run_and_stop();
  }
  auto own = std::make_unique<Listener<SilentSession>>(pool[1], "tcp://127.0.0.1:0");
  const auto address = own->address().to_string();
  run_and_stop();
  own.reset();
  expect_free(address);
}

TEST_P(BetweenRuns, DatagramSocketOfAnotherLoopIsClosedByItsDestructor) {
  auto socket = std::make_unique<Datagram<SilentSession>>(pool[1], "udp://127.0.0.1:0");
  const auto address = socket->address().to_string();
  run_and_stop();
  socket.reset();
  const auto is_free = [&] {
    try {
      const Datagram<SilentSession> next(other, address);
      return true;
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::address_in_use);
      return false;
    }
  };
  // Wine closes a socket when the server has seen the cancelled poll, a moment later.
  EXPECT_TRUE(under_wine() ? turn_until(other, is_free) : is_free());
  run_and_stop();
}

TEST_P(BetweenRuns, DescriptorThatAnotherLoopWatchedIsItsOwnersAlone) {
  auto [ours, theirs] = socket_pair();
  std::optional<Watch> watch = pool[1].watch(ours.descriptor(), Interest::read, [](Ready) {});
  run_and_stop();
  watch.reset();
  ours.close();
  ASSERT_TRUE(theirs.wait_readable(10s)) << "the end has not gone out";
  EXPECT_EQ(theirs.read_some(), "");
  EXPECT_TRUE(theirs.ended());
  run_and_stop();
}

TEST_P(BetweenRuns, WhatIsNotClosedGoesOnInTheNextRun) {
  std::string datagrams;
  struct Keep {
    std::string* into;
    LoopPool* pool;
    void on_datagram(DatagramSocket& /*socket*/, Bytes in, const Address& /*from*/) const {
      *into += in.text();
      pool->stop();
    }
  };
  auto sockets = socket_pair();  // a lambda cannot capture a structured binding (clang 14)
  auto& ours = sockets.first;
  auto& theirs = sockets.second;
  int ready = 0;
  {
    const Listener<Scripted> listener(pool[1], "tcp://127.0.0.1:0", script.factory());
    const Datagram<Keep> socket(pool[1], "udp://127.0.0.1:0", [&] { return Keep{&datagrams, &pool}; });
    const auto watch = pool[1].watch(ours.descriptor(), Interest::read, [&](Ready) {
      ++ready;
      ours.read_some();
      pool.stop();
    });
    script.on_open = [&](Connection&) { pool.stop(); };
    for (int round = 1; round <= 3; ++round) {
      run_and_stop();
      RawSocket client(listener.address());
      pool.run();
      EXPECT_EQ(script.count("open"), static_cast<std::size_t>(round));
      RawSocket(socket.address()).send("x");
      pool.run();
      EXPECT_EQ(datagrams.size(), static_cast<std::size_t>(round));
      theirs.send("x");
      pool.run();
      EXPECT_EQ(ready, round);
    }
  }
}

}  // namespace
}  // namespace eddy::test
