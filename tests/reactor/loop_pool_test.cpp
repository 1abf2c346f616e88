// Several loops on as many threads: how connections spread, how the pool starts, ends and drains, and what crosses
// from loop to loop.
#include <gtest/gtest.h>
#include <reactor/loop_core.h>
#include <reactor/pool_listener.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

// Tells which loop it is on, then sends back what it gets.
struct TellLoop {
  std::size_t loop = 0;
  void on_open(Connection& peer) { peer.send(std::to_string(loop) + "\n"); }
  void on_data(Connection& peer, Bytes in) { peer.send(in); }
};

TellLoop tell_loop(std::size_t loop) { return {loop}; }

template <class Condition>
bool holds_in_time(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

std::string line_of(RawSocket& client) {
  std::string line;
  const auto whole = [&] {
    line += client.read_some(1);
    return line.ends_with('\n') || client.ended() || client.reset();
  };
  return holds_in_time(whole) && line.ends_with('\n') ? line.substr(0, line.size() - 1) : "no line: " + line;
}

bool echoes(RawSocket& client) {
  client.send("ping\n");
  return line_of(client) == "ping";
}

// Runs a pool on a thread of its own until the end of its scope.
class Running {
 public:
  explicit Running(LoopPool& pool) : pool_(pool), thread_([&pool] { pool.run(); }) {}
  ~Running() {
    pool_.stop();
    wait();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void wait() {
    if (!thread_.joinable()) return;
    thread_.join();
    for (std::size_t loop = 0; loop < pool_.size(); ++loop) pool_[loop].core().move_to_this_thread();
  }

 private:
  LoopPool& pool_;
  std::thread thread_;
};

class Pool : public OnDriver {
 protected:
  LoopPool pool{3, {.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Pool, each_driver(), driver_of);

TEST_P(Pool, HandoffGivesEachLoopTheSameNumberOfConnections) {
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop);
  const Running running(pool);
  std::vector<RawSocket> clients;
  std::map<std::string, int> on_loop;
  for (int i = 0; i < 30; ++i) ++on_loop[line_of(clients.emplace_back(listener.address()))];
  EXPECT_EQ(on_loop, (std::map<std::string, int>{{"0", 10}, {"1", 10}, {"2", 10}}));
  for (auto& client : clients) EXPECT_TRUE(echoes(client));
  for (std::size_t loop = 0; loop < 3; ++loop) EXPECT_EQ(listener.connections(loop), 10U);
  EXPECT_EQ(listener.connections(), 30U);
}

TEST_P(Pool, HandoffFillsUpTheLoopThatHasTheFewest) {
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop);
  const Running running(pool);
  std::vector<RawSocket> clients;
  std::vector<std::string> loops;
  for (int i = 0; i < 12; ++i) loops.push_back(line_of(clients.emplace_back(listener.address())));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (loops[i] == "1") clients[i].close();
  }
  ASSERT_TRUE(holds_in_time([&] { return listener.connections(1) == 0; }));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(line_of(clients.emplace_back(listener.address())), "1");
}

TEST_P(Pool, HandoffSpreadsShortConnectionsToo) {
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop);
  const Running running(pool);
  std::set<std::string> loops;
  for (int i = 0; i < 6; ++i) {
    RawSocket client(listener.address());
    loops.insert(line_of(client));
    client.close();
    ASSERT_TRUE(holds_in_time([&] { return listener.connections() == 0; }));
  }
  EXPECT_EQ(loops.size(), 3U);
}

TEST_P(Pool, HandoffServesUnixSockets) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets";
  PoolListener<TellLoop> listener(pool, free_address("unix"), tell_loop);
  const Running running(pool);
  std::vector<RawSocket> clients;
  std::set<std::string> loops;
  for (int i = 0; i < 3; ++i) loops.insert(line_of(clients.emplace_back(listener.address())));
  EXPECT_EQ(loops.size(), 3U);
}

TEST_P(Pool, ReuseportServesEveryConnection) {
  if (!has_reuse_port()) GTEST_SKIP() << "no SO_REUSEPORT that balances";
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop, {}, Spread::reuseport);
  const Running running(pool);
  std::vector<RawSocket> clients;
  std::set<std::string> loops;
  for (int i = 0; i < 60; ++i) loops.insert(line_of(clients.emplace_back(listener.address())));
  // That all 60 hash to one of three has a chance of 3^-59.
  EXPECT_GT(loops.size(), 1U);
  for (auto& client : clients) EXPECT_TRUE(echoes(client));
  EXPECT_EQ(listener.connections(0) + listener.connections(1) + listener.connections(2), 60U);
}

TEST_P(Pool, ReuseportIsRefusedWhereTheSystemDoesNotBalance) {
  const auto listen = [&](const std::string& address) {
    PoolListener<TellLoop> listener(pool, address, tell_loop, {}, Spread::reuseport);
  };
  if (!has_reuse_port()) {
    EXPECT_THROW(listen("tcp://127.0.0.1:0"), std::system_error);
  }
  if (!has_unix_sockets()) return;
  const auto address = free_address("unix");
  try {
    listen(address);
    FAIL() << "taken";
  } catch (const std::system_error& refused) {
    EXPECT_EQ(refused.code(), std::errc::operation_not_supported);
    EXPECT_NE(std::string(refused.what()).find(address), std::string::npos) << refused.what();
  }
}

TEST_P(Pool, ExclusiveServesEveryConnection) {
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop, {}, Spread::exclusive);
  const Running running(pool);
  std::vector<RawSocket> clients;
  for (int i = 0; i < 60; ++i) clients.emplace_back(listener.address());
  for (auto& client : clients) {
    line_of(client);
    EXPECT_TRUE(echoes(client));
  }
  EXPECT_EQ(listener.connections(0) + listener.connections(1) + listener.connections(2), 60U);
}

// Of those that wait the system would wake the same one each time, if it stayed in the queue.
TEST_P(Pool, ExclusiveLoopsTakeTurnsOnIoUring) {
  if (driver() != "io_uring") GTEST_SKIP() << "the system chooses otherwise";
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop, {}, Spread::exclusive);
  const Running running(pool);
  std::vector<RawSocket> clients;
  std::set<std::string> loops;
  for (int i = 0; i < 30; ++i) loops.insert(line_of(clients.emplace_back(listener.address())));
  EXPECT_EQ(loops.size(), 3U);
}

// A loop that waits in a callback must not keep the connections that it was woken for.
TEST_P(Pool, ExclusiveGoesOnWhenOneLoopIsBusy) {
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop, {}, Spread::exclusive);
  const Running running(pool);
  std::atomic<bool> busy{false};
  std::atomic<bool> release{false};
  pool.remote(1).post([&] {
    busy = true;
    while (!release) std::this_thread::yield();
  });
  ASSERT_TRUE(holds_in_time([&] { return busy.load(); }));
  int served = 0;
  std::vector<RawSocket> clients;
  for (int i = 0; i < 9; ++i) clients.emplace_back(listener.address());
  const auto some_served = [&] {
    for (auto& client : clients) served += client.read_some(1).empty() ? 0 : 1;
    return served > 0;
  };
  EXPECT_TRUE(holds_in_time(some_served));
  release = true;
  for (auto& client : clients) EXPECT_TRUE(echoes(client) || echoes(client));
}

TEST_P(Pool, EndsWithoutAConnectionOrACallback) { const Running running(pool); }

TEST_P(Pool, EndOfOneLoopIsTheEndOfAll) {
  Running running(pool);
  pool.remote(2).post([this] { pool[2].stop(); });
  running.wait();
}

TEST_P(Pool, StopBeforeRunEndsItAfterATurn) {
  pool.stop();
  Running running(pool);
  running.wait();
}

TEST_P(Pool, RunsAgainAfterStop) {
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0", tell_loop);
  std::vector<RawSocket> clients;
  // The same thread each time, which io_uring asks for.
  std::atomic<int> round{0};
  std::thread runner([&] {
    for (; round < 3; ++round) pool.run();
  });
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(holds_in_time([&] { return round == i; }));
    for (int loop = 0; loop < 3; ++loop) line_of(clients.emplace_back(listener.address()));
    for (auto& client : clients) EXPECT_TRUE(echoes(client));
    pool.stop();
  }
  runner.join();
  for (std::size_t loop = 0; loop < 3; ++loop) pool[loop].core().move_to_this_thread();
  EXPECT_EQ(pool.stats().accepted, 9U);
  EXPECT_EQ(listener.connections(2), 3U);
}

TEST_P(Pool, DrainLetsEveryLoopFinish) {
  struct Slow : TellLoop {
    void on_drain(Connection& peer) { peer.send("draining\n"); }
    void on_end(Connection& peer) { peer.close(); }
  };
  PoolListener<Slow> listener(pool, "tcp://127.0.0.1:0", [](std::size_t loop) { return Slow{{loop}}; });
  Running running(pool);
  std::vector<RawSocket> clients;
  for (int i = 0; i < 6; ++i) line_of(clients.emplace_back(listener.address()));
  pool.drain(patience);
  for (auto& client : clients) EXPECT_EQ(line_of(client), "draining");
  EXPECT_TRUE(pool.draining());
  for (auto& client : clients) {
    EXPECT_TRUE(echoes(client));
    client.finish();
  }
  running.wait();
  EXPECT_FALSE(pool.draining());
  EXPECT_EQ(pool.stats().open, 0U);
  EXPECT_EQ(pool.stats().closed[static_cast<std::size_t>(CloseReason::clean)], 6U);
}

TEST_P(Pool, DrainDeadlineEndsWhatIsLeft) {
  struct Stubborn : TellLoop {
    void on_drain(Connection& /*peer*/) {}
  };
  PoolListener<Stubborn> listener(pool, "tcp://127.0.0.1:0", [](std::size_t loop) { return Stubborn{{loop}}; });
  Running running(pool);
  std::vector<RawSocket> clients;
  for (int i = 0; i < 3; ++i) line_of(clients.emplace_back(listener.address()));
  pool.drain(10ms);
  running.wait();
  EXPECT_EQ(pool.stats().closed[static_cast<std::size_t>(CloseReason::drain_deadline)], 3U);
}

TEST_P(Pool, MaxConnectionsIsForAllLoopsTogether) {
  for (const auto spread : {Spread::handoff, Spread::exclusive}) {
    LoopPool own(3, {.driver = driver()});
    PoolListener<TellLoop> listener(own, "tcp://127.0.0.1:0", tell_loop, {.max_connections = 4}, spread);
    Running running(own);
    std::vector<RawSocket> clients;
    for (int i = 0; i < 4; ++i) line_of(clients.emplace_back(listener.address()));
    RawSocket refused(listener.address());
    EXPECT_TRUE(holds_in_time([&] {
      refused.read_some();
      return refused.ended() || refused.reset();
    }));
    clients.front().close();
    EXPECT_TRUE(holds_in_time([&] { return listener.connections() == 3; }));
    EXPECT_NE(line_of(clients.emplace_back(listener.address())).substr(0, 2), "no");
    own.stop();
    running.wait();
    EXPECT_EQ(own.stats().refused, 1U);
  }
}

TEST_P(Pool, FactoryThatThrowsGivesThePlaceBack) {
  std::atomic<int> calls{0};
  for (std::size_t loop = 0; loop < 3; ++loop) pool[loop].on_exception([](std::exception_ptr) {});
  PoolListener<TellLoop> listener(pool, "tcp://127.0.0.1:0",
                                  [&](std::size_t loop) {
                                    if (++calls <= 5) throw std::runtime_error("not now");
                                    return TellLoop{loop};
                                  },
                                  {.max_connections = 1});
  const Running running(pool);
  for (int i = 0; i < 5; ++i) {
    RawSocket client(listener.address());
    ASSERT_TRUE(holds_in_time([&] {
      client.read_some();
      return client.ended() || client.reset();
    }));
    ASSERT_TRUE(holds_in_time([&] { return listener.connections() == 0; }));
  }
  RawSocket client(listener.address());
  EXPECT_EQ(line_of(client).size(), 1U);
}

// One SharedBytes, sent to connections on all loops from a callback on one of them.
TEST_P(Pool, BroadcastReachesConnectionsOnEveryLoop) {
  struct Room {
    std::mutex mutex;
    std::vector<std::vector<Id>> members{3};
  } room;
  struct Member {
    LoopPool* pool;
    Room* room;
    std::size_t loop;
    void on_open(Connection& peer) {
      const std::lock_guard lock(room->mutex);
      room->members[loop].push_back(peer.id());
      peer.send("in\n");
    }
    void on_data(Connection& /*peer*/, Bytes in) {
      const SharedBytes news(in);
      const std::lock_guard lock(room->mutex);
      for (std::size_t i = 0; i < pool->size(); ++i) {
        pool->remote(i).post([&on = (*pool)[i], ids = room->members[i], news] {
          for (const auto id : ids) {
            if (auto* member = on.find(id)) member->send(news);
          }
        });
      }
    }
  };
  PoolListener<Member> listener(pool, "tcp://127.0.0.1:0", [&](std::size_t i) { return Member{&pool, &room, i}; });
  const Running running(pool);
  std::vector<RawSocket> clients;
  for (int i = 0; i < 9; ++i) EXPECT_EQ(line_of(clients.emplace_back(listener.address())), "in");
  clients[4].send("news\n");
  for (auto& client : clients) EXPECT_EQ(line_of(client), "news");
}

TEST_P(Pool, ManyClientsComeAndGoOnManyThreads) {
  for (const auto spread : {Spread::handoff, Spread::exclusive}) {
    LoopPool own(2, {.driver = driver()});
    PoolListener<TellLoop> listener(own, "tcp://127.0.0.1:0", tell_loop, {}, spread);
    Running running(own);
    std::vector<std::thread> threads;
    std::atomic<int> echoed{0};
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          RawSocket client(listener.address());
          line_of(client);
          if (echoes(client)) ++echoed;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(echoed, 100);
    EXPECT_TRUE(holds_in_time([&] { return listener.connections() == 0; }));
    own.stop();
    running.wait();
    EXPECT_EQ(own.stats().accepted, 100U);
  }
}

// Its on_close comes when the pool is destroyed, and turns to every loop.
struct TellAll {
  LoopPool* pool;
  std::size_t loop;
  int* closed;
  void on_data(Connection& /*peer*/, Bytes /*in*/) {}
  void on_close(Connection& peer, std::error_code /*why*/) {
    if ((*pool)[loop].find(peer.id()) == &peer) ++*closed;
    for (std::size_t i = 0; i < pool->size(); ++i) pool->remote(i).post([] {});
    pool->stop();
  }
};

TEST_P(Pool, LastCallbacksMayTurnToAnyLoop) {
  int closed = 0;
  std::vector<RawSocket> clients;
  {
    LoopPool ending{2, {.driver = GetParam()}};
    std::atomic<int> open{0};
    PoolListener<TellAll> listener(ending, "tcp://127.0.0.1:0", [&](std::size_t loop) {
      ++open;
      return TellAll{&ending, loop, &closed};
    });
    const Running running(ending);
    for (int i = 0; i < 2; ++i) clients.emplace_back(listener.address());
    ASSERT_TRUE(holds_in_time([&] { return open == 2; }));
  }
  EXPECT_EQ(closed, 2);
}

// Stays open when its loop drains.
struct Stay {
  std::size_t loop = 0;
  void on_open(Connection& peer) { peer.send(std::to_string(loop) + "\n"); }
  void on_data(Connection& peer, Bytes in) { peer.send(in); }
  static void on_drain(Connection& /*peer*/) {}
};

class PoolWithOneLoopDraining : public Pool {
 protected:
  // One connection on each loop, so that the one that drains does not end.
  void connect_one_each() {
    for (int i = 0; i < 3; ++i) line_of(staying.emplace_back(listener.address()));
  }
  // The others have given their places back.
  void expect_places_of_staying_alone() {
    clients.clear();
    EXPECT_TRUE(holds_in_time([&] { return listener.connections() == 3; })) << listener.connections();
    for (std::size_t loop = 0; loop < 3; ++loop) EXPECT_EQ(listener.connections(loop), 1U) << loop;
  }

  PoolListener<Stay> listener{
      pool, "tcp://127.0.0.1:0", [](std::size_t loop) { return Stay{loop}; }, {.max_connections = 12}};
  std::vector<RawSocket> staying;
  std::vector<RawSocket> clients;
};
INSTANTIATE_TEST_SUITE_P(Drivers, PoolWithOneLoopDraining, each_driver(), driver_of);

TEST_P(PoolWithOneLoopDraining, TheOthersServeWhatComes) {
  const Running running(pool);
  connect_one_each();
  std::atomic<bool> draining{false};
  pool.remote(1).post([&] {
    pool[1].drain(1h);
    pool[1].post([&] { draining = true; });  // behind the turn in which the drain begins
  });
  ASSERT_TRUE(holds_in_time([&] { return draining.load(); }));
  for (int i = 0; i < 9; ++i) EXPECT_NE(line_of(clients.emplace_back(listener.address())), "1");
  for (auto& client : clients) EXPECT_TRUE(echoes(client));
  EXPECT_TRUE(echoes(staying[1]));
  expect_places_of_staying_alone();
}

TEST_P(PoolWithOneLoopDraining, TheOthersServeWhatWasOnItsWayToIt) {
  const Running running(pool);
  connect_one_each();
  std::atomic<bool> busy{false};
  std::atomic<bool> go{false};
  // Busy while connections are handed over to it, and its listener closes before they arrive.
  pool.remote(1).post([&] {
    busy = true;
    while (!go) std::this_thread::sleep_for(1ms);
    pool[1].drain(1h);
  });
  ASSERT_TRUE(holds_in_time([&] { return busy.load(); }));
  for (int i = 0; i < 9; ++i) clients.emplace_back(listener.address());
  ASSERT_TRUE(holds_in_time([&] { return listener.connections() == 12; }));
  EXPECT_GT(listener.connections(1), 1U);
  go = true;
  for (auto& client : clients) EXPECT_NE(line_of(client).substr(0, 2), "no");
  for (auto& client : clients) EXPECT_TRUE(echoes(client));
  expect_places_of_staying_alone();
}

TEST(PoolSetUp, NoLoopsAreRefused) { EXPECT_THROW(LoopPool(0), std::invalid_argument); }

TEST(PoolSetUp, AddressInUseIsNamed) {
  LoopPool pool(2);
  const PoolListener<TellLoop> first(pool, "tcp://127.0.0.1:0", tell_loop);
  const auto address = first.address().to_string();
  try {
    const PoolListener<TellLoop> second(pool, address, tell_loop);
    FAIL() << "taken";
  } catch (const std::system_error& refused) {
    EXPECT_EQ(refused.code(), std::errc::address_in_use);
    EXPECT_NE(std::string(refused.what()).find(address), std::string::npos);
  }
}

}  // namespace
}  // namespace eddy::test
