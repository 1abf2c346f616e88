// A loop that was turned on one thread and is destroyed on another one: docs/contract.md, 9.
#include <gtest/gtest.h>
#include <reactor/listener.h>

#include <optional>
#include <stdexcept>
#include <thread>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class LoopThread : public OnDriver {
 protected:
  static constexpr std::size_t count = 8;

  // Turns the loop on a thread of its own until `count` clients are connected, does `last` in the last turn, and ends
  // the thread. The listener goes with it.
  void turn_on_a_worker(const std::function<void()>& last = [] {}) {
    listener = std::make_unique<Listener<Scripted>>(*loop, "tcp://127.0.0.1:0", server.factory());
    server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
    for (std::size_t i = 0; i < count; ++i) peers.emplace_back(listener->address());
    std::thread worker([&] {
      ASSERT_TRUE(turn_until(*loop, [&] { return accepted.size() == count; }));
      loop->post([&] {
        last();
        loop->stop();
      });
      loop->run();
      listener.reset();
    });
    worker.join();
    ASSERT_EQ(accepted.size(), count);
  }

  // The peers are told at once: without any loop's turning.
  void expect_peers_told() {
    for (auto& peer : peers) {
      const auto give_up = std::chrono::steady_clock::now() + patience;
      while (!peer.ended() && !peer.reset() && std::chrono::steady_clock::now() < give_up) {
        if (peer.read_some().empty()) std::this_thread::sleep_for(1ms);
      }
      EXPECT_TRUE(peer.ended() || peer.reset());
    }
  }

  Script server;
  std::vector<RawSocket> peers;
  std::vector<Id> accepted;
  std::unique_ptr<Loop> loop = std::make_unique<Loop>(LoopOptions{.driver = driver()});
  std::unique_ptr<Listener<Scripted>> listener;
};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopThread, each_driver(), driver_of);

TEST_P(LoopThread, TurnedOnAWorkerMayBeDestroyedOnMainWithConnectionsOpen) {
  turn_on_a_worker();
  loop.reset();
  EXPECT_EQ(server.count("close"), count);
  for (const auto& why : server.reasons) EXPECT_EQ(why, Errc::loop_gone);
  expect_peers_told();
}

TEST_P(LoopThread, TurnedOnAWorkerMayBeDestroyedOnMainThatHasATurnedLoopOfItsOwn) {
  Link mine(driver());
  ASSERT_TRUE(mine.open());
  turn_on_a_worker();
  // Something waits to be told by main's own loop.
  mine.at_client()->send("x");
  mine.loop.run_once(mine.loop.now());
  mine.loop.remote().post([] {});
  loop.reset();
  EXPECT_EQ(server.count("close"), count);
  expect_peers_told();
  ASSERT_TRUE(mine.until([&] { return mine.server.received == "x"; })) << "main's own is unhurt";
}

TEST_P(LoopThread, ConnectionsClosedInTheLastTurnAreReleasedByTheDestructorOnMain) {
  turn_on_a_worker([&] {
    for (const auto id : accepted) loop->find(id)->abort();
  });
  EXPECT_EQ(server.count("close"), count);
  loop.reset();
  EXPECT_EQ(server.count("close"), count);
  expect_peers_told();
}

TEST_P(LoopThread, OutputUnderWayIsNoObstacle) {
  const std::string much(8 << 20, 'x');
  turn_on_a_worker([&] {
    for (const auto id : accepted) loop->find(id)->send(much);
  });
  loop.reset();
  EXPECT_EQ(server.count("close"), count);
  expect_peers_told();
}

TEST_P(LoopThread, ConnectUnderWayIsNoObstacle) {
  // A backlog that is full leaves attempts without an answer.
  Loop deaf({.driver = driver()});
  const Listener<Scripted> full(deaf, "tcp://127.0.0.1:0", server.factory(), {.backlog = 1});
  Script client;
  turn_on_a_worker([&] {
    for (int i = 0; i < 10; ++i) connect<Scripted>(*loop, full.address().to_string(), client.factory());
  });
  loop.reset();
  EXPECT_EQ(client.count("close"), 10U);
}

TEST_P(LoopThread, TurningOnAnotherThreadGoesOnOrThrows) {
  turn_on_a_worker();
  if (driver() == "io_uring") {
    EXPECT_THROW(loop->run_once(TimePoint::min()), std::logic_error);
    Loop mine({.driver = driver()});
    mine.run_once(TimePoint::min());
    EXPECT_THROW(loop->run_once(TimePoint::min()), std::logic_error) << "also where main has a ring of its own";
  } else {
    peers[0].send("hello");
    ASSERT_TRUE(turn_until(*loop, [&] { return server.received == "hello"; }));
  }
  loop.reset();
  EXPECT_EQ(server.count("close"), count);
}

}  // namespace
}  // namespace eddy::test
