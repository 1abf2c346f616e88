// What a whole loop promises on every driver, where a driver could break it: deadlines, posts, fairness, closing while
// events are dispatched, thousands of connections, running again.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/timer.h>

#include <array>
#include <set>
#include <thread>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class LoopOnDriver : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopOnDriver, each_driver(), driver_of);

std::size_t echo(Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); }

TEST_P(LoopOnDriver, RunsStopsAndRunsAgain) {
  Link link(driver());
  link.server.on_data = echo;
  link.client.on_data = [&](Connection& peer, Bytes in) {
    peer.loop().stop();
    return in.size();
  };
  ASSERT_TRUE(link.open());
  for (int i = 1; i <= 20; ++i) {
    link.at_client()->send("x");
    link.loop.run();
    EXPECT_EQ(link.client.received.size(), static_cast<std::size_t>(i));
  }
}

TEST_P(LoopOnDriver, MayBeMadeOnOneThreadAndRunOnAnother) {
  Script server;
  Loop loop({.driver = driver()});
  auto listener = std::make_unique<Listener<Scripted>>(loop, "tcp://127.0.0.1:0", server.factory());
  Script client;
  client.on_open = [](Connection& peer) { peer.close(); };
  client.on_close = [](Connection& peer, std::error_code) { peer.loop().stop(); };
  connect<Scripted>(loop, listener->address().to_string(), client.factory());
  std::thread runner([&] {
    loop.run();
    listener.reset();  // it is this thread's now
  });
  runner.join();
  EXPECT_TRUE(client.closed());
}

TEST_P(LoopOnDriver, PostsFromManyThreadsAreAllRun) {
  Loop loop({.driver = driver()});
  constexpr int threads = 4;
  constexpr int posts = 2'000;
  std::array<int, threads> next{};
  int run = 0;
  std::vector<std::thread> posters;
  for (std::size_t t = 0; t < threads; ++t) {
    posters.emplace_back([&, t, remote = loop.remote()] {
      for (int i = 0; i < posts; ++i) {
        EXPECT_TRUE(remote.post([&, t, i] {
          EXPECT_EQ(next[t]++, i) << "in the order of each thread";
          if (++run == threads * posts) loop.stop();
        }));
      }
    });
  }
  loop.run();
  for (auto& poster : posters) poster.join();
  EXPECT_EQ(run, threads * posts);
}

TEST_P(LoopOnDriver, TimersAndPostsGoOnUnderEndlessInput) {
  Link link(driver());
  // Both sides send back what they get, and never rest.
  link.server.on_data = echo;
  link.client.on_data = echo;
  link.client.on_open = [](Connection& peer) { peer.send(std::string(200'000, 'x')); };
  ASSERT_TRUE(link.open());
  int ticks = 0;
  Timer timer(link.loop, [&] { ++ticks; });
  timer.start_every(1ms);
  int posts = 0;
  std::function<void()> again = [&] {
    if (++posts < 1'000) link.loop.post([&] { again(); });
  };
  again();
  ASSERT_TRUE(link.until([&] { return ticks >= 20 && posts == 1'000; }));
  EXPECT_GT(link.server.count("data"), 20U) << "and so does the input";
}

TEST_P(LoopOnDriver, ConnectDeadlineEndsAttemptsThatNobodyAnswers) {
  // A listener whose loop does not turn: when its backlog is full the system leaves further attempts without an answer,
  // refuses them, or resets them a little later.
  Link link(driver(), "tcp", {.backlog = 1});
  std::set<Id> answered;
  Script client;
  client.on_open = [&](Connection& peer) { answered.insert(peer.id()); };
  client.on_close = [&](Connection& peer, std::error_code) { answered.insert(peer.id()); };
  Loop loop({.driver = driver()});
  constexpr std::size_t count = 300;
  for (std::size_t i = 0; i < count; ++i) {
    connect<Scripted>(loop, link.listener->address().to_string(), client.factory(), {.timeout = 50ms});
  }
  ASSERT_TRUE(turn_until(loop, [&] { return answered.size() == count; }));
  EXPECT_GT(client.count("close"), 0U);
  for (const auto& why : client.reasons) {
    EXPECT_TRUE(why == Errc::connect_timeout || why == std::errc::connection_refused ||
                why == std::errc::connection_reset)
        << why.message();
  }
#ifdef __linux__
  EXPECT_GT(std::count(client.reasons.begin(), client.reasons.end(), make_error_code(Errc::connect_timeout)), 0);
#endif
}

// ---- closing while events are dispatched

class ClosingWhileDispatching : public OnDriver {
 protected:
  static constexpr std::size_t pairs = 8;

  // All clients send at once; `act` runs in the first on_data.
  void run(const std::function<void(Connection&)>& act) {
    server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
    server.on_data = [&, done = false](Connection& peer, Bytes in) mutable {
      if (!std::exchange(done, true)) act(peer);
      return in.size();
    };
    for (std::size_t i = 0; i < pairs; ++i) {
      clients.push_back(connect<Scripted>(loop, listener->address().to_string(), client.factory()).id());
    }
    ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == pairs && client.count("open") == pairs; }));
    for (const auto id : clients) loop.find(id)->send("x");
    ASSERT_TRUE(turn_until(loop, [&] { return server.count("data") > 0; }));
    turn_for(loop, 5ms);
    EXPECT_FALSE(server.called_after_close);
    EXPECT_FALSE(server.nested);
  }

  Script server;
  Script client;
  Loop loop{{.driver = driver()}};
  std::unique_ptr<Listener<Scripted>> listener =
      std::make_unique<Listener<Scripted>>(loop, "tcp://127.0.0.1:0", server.factory());
  std::vector<Id> accepted;
  std::vector<Id> clients;
};
INSTANTIATE_TEST_SUITE_P(Drivers, ClosingWhileDispatching, each_driver(), driver_of);

TEST_P(ClosingWhileDispatching, Itself) {
  run([](Connection& peer) { peer.abort(); });
  ASSERT_TRUE(turn_until(loop, [&] { return server.count("close") == 1 && server.count("data") == pairs; }));
}

TEST_P(ClosingWhileDispatching, ASibling) {
  run([this](Connection& peer) { loop.find(accepted[peer.id() == accepted[0] ? 1 : 0])->abort(); });
  ASSERT_TRUE(turn_until(loop, [&] { return server.count("close") == 1; }));
  EXPECT_GE(server.count("data"), pairs - 1);
}

TEST_P(ClosingWhileDispatching, TheListener) {
  run([this](Connection&) { listener.reset(); });
  ASSERT_TRUE(turn_until(loop, [&] { return server.count("data") == pairs; }));
  EXPECT_EQ(server.count("close"), 0U);
}

TEST_P(ClosingWhileDispatching, Everybody) {
  run([this](Connection&) {
    for (const auto id : accepted) loop.find(id)->abort();
    for (const auto id : clients) loop.find(id)->abort();
    listener.reset();
  });
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().open == 0; }));
  EXPECT_EQ(server.count("close"), pairs);
  EXPECT_EQ(client.count("close"), pairs);
}

// ---- many

TEST_P(LoopOnDriver, TwoThousandConnectionsAllGetTheirAnswers) {
  constexpr std::size_t count = 2'000;
  Script server;
  server.on_data = echo;
  Script client;
  client.on_open = [](Connection& peer) { peer.send("hello, it is me"); };
  Loop loop({.driver = driver()});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  std::vector<Id> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(connect<Scripted>(loop, listener.address().to_string(), client.factory()).id());
    // A system may hold no more than 128 whom nobody has accepted yet, and reset the others.
    ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().accepted + 64 > i; }));
  }
  ASSERT_TRUE(turn_until(
      loop, [&] { return client.received.size() == count * 15; }, 3 * patience));
  for (const auto id : ids) loop.find(id)->close();
  ASSERT_TRUE(turn_until(
      loop, [&] { return loop.stats().open == 0; }, 3 * patience));
  EXPECT_EQ(server.count("close"), count);
  EXPECT_EQ(loop.stats().closed[static_cast<std::size_t>(CloseReason::clean)], 2 * count);
}

TEST_P(LoopOnDriver, DatagramsOfEverySizeArriveWhole) {
  struct Keep {
    std::vector<std::size_t>* sizes;
    void on_datagram(DatagramSocket&, Bytes in, const Address&) const { sizes->push_back(in.size()); }
  };
  Loop loop({.driver = driver()});
  std::vector<std::size_t> sizes;
  const auto keep = [&] { return Keep{&sizes}; };
  const Datagram<Keep> to(loop, "udp://127.0.0.1:0", keep);
  Datagram<Keep> from(loop, "udp://127.0.0.1:0", keep);
  for (const std::size_t size : {0U, 1U, 1'472U, 9'000U, 40'000U, 65'507U}) {
    const auto before = sizes.size();
    from.send_to(to.address(), std::string(size, 'x'));
    // Not every system lets datagrams be as large as the protocol does.
    ASSERT_TRUE(turn_until(loop, [&] { return sizes.size() > before || loop.stats().datagram_errors > 0; }));
    EXPECT_TRUE(sizes.size() == before || sizes.back() == size);
  }
  EXPECT_GE(sizes.size(), 3U);
}

}  // namespace
}  // namespace eddy::test
