// A listener's factory that is told who connects, and may refuse before there is a session.
#include <gtest/gtest.h>
#include <reactor/address_prefix.h>
#include <reactor/observer.h>
#include <reactor/pool_listener.h>

#include <optional>
#include <stdexcept>
#include <thread>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

struct CountsRefusals final : Observer {
  void refused(const Address& listener) override {
    ++count;
    last = listener;
  }
  int count = 0;
  Address last;
};

class Admission : public OnDriver {
 protected:
  CountsRefusals refusals;
  Script script;
  Loop loop{{.driver = driver(), .observer = &refusals}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Admission, each_driver(), driver_of);

TEST_P(Admission, FactoryIsToldThePeer) {
  std::vector<std::string> kinds{"tcp"};
  if (has_both_families()) kinds.emplace_back("tcp6");
  for (const auto& kind : kinds) {
    std::string told;
    const Listener<Scripted> listener(loop, free_address(kind), [&](const Address& peer) {
      told = peer.to_string();
      return Scripted{&script};
    });
    const RawSocket client(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return !told.empty(); }));
    EXPECT_EQ(told, client.local().to_string());
  }
}

TEST_P(Admission, EmptySessionRefusesTheConnectionAndIsCounted) {
  int asked = 0;
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", [&](const Address& peer) -> std::optional<Scripted> {
    ++asked;
    EXPECT_TRUE(peer.is_loopback());
    return std::nullopt;
  });
  RawSocket client(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] {
    client.read_some();
    return client.ended() || client.reset();
  }));
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(script.events.size(), 0U);
  EXPECT_EQ(loop.stats().refused, 1U);
  EXPECT_EQ(loop.stats().accepted, 0U);
  EXPECT_EQ(loop.stats().exceptions, 0U);
  EXPECT_EQ(refusals.count, 1);
  EXPECT_EQ(refusals.last, listener.address());
  EXPECT_EQ(listener.connections(), 0U);
}

TEST_P(Admission, PrefixAdmitsItsPeersAlone) {
  auto allowed = AddressPrefix::parse("10.0.0.0/8");
  const Listener<Scripted> listener(
      loop, "tcp://127.0.0.1:0",
      [&](const Address& peer) { return allowed.contains(peer) ? std::optional(Scripted{&script}) : std::nullopt; },
      {.max_connections = 1});
  const RawSocket refused(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().refused == 1; }));
  // The refused one has given its place back.
  allowed = AddressPrefix::parse("127.0.0.0/8");
  const RawSocket admitted(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return script.opened(); }));
  EXPECT_EQ(listener.connections(), 1U);
  // Nobody asks the factory while there is no place.
  allowed = AddressPrefix::parse("10.0.0.0/8");
  const RawSocket too_many(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().refused == 2; }));
}

TEST_P(Admission, FactoryWithoutPeerMayRefuseToo) {
  bool admits = false;
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0",
                                    [&] { return admits ? std::optional(Scripted{&script}) : std::nullopt; });
  const RawSocket refused(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().refused == 1; }));
  admits = true;
  const RawSocket admitted(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return script.opened(); }));
}

TEST_P(Admission, FactoryThatThrowsCostsThatConnectionAndIsNoRefusal) {
  int reported = 0;
  loop.on_exception([&](const std::exception_ptr&) { ++reported; });
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", [](const Address& /*peer*/) -> std::optional<Scripted> {
    throw std::runtime_error("no list");
  });
  RawSocket client(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] {
    client.read_some();
    return client.ended() || client.reset();
  }));
  EXPECT_EQ(reported, 1);
  EXPECT_EQ(loop.stats().refused, 0U);
}

TEST_P(Admission, PeerThatHasResetAlreadyIsNoTrouble) {
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0",
                                    [&](const Address& /*peer*/) { return Scripted{&script}; });
  {
    RawSocket client(listener.address());
    client.close_with_reset();
  }
  const RawSocket good(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return listener.connections() == 1 && script.opened(); }));
}

TEST_P(Admission, PeerOfAUnixSocketIsUnnamed) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  std::optional<Address> told;
  const Listener<Scripted> listener(loop, free_address("unix"), [&](const Address& peer) {
    told = peer;
    return Scripted{&script};
  });
  const RawSocket client(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return told.has_value(); }));
  EXPECT_TRUE(told->is_unnamed());
}

// On whichever loop, for whichever spread the system has.
TEST_P(Admission, PoolsFactoryIsToldLoopAndPeerAndMayRefuse) {
  for (const auto spread : {Spread::handoff, Spread::exclusive}) {
    std::atomic<int> right = 0;
    std::atomic<int> wrong = 0;
    LoopPool pool(2, {.driver = driver()});
    const PoolListener<Scripted> listener(
        pool, "tcp://127.0.0.1:0",
        [&](std::size_t index, const Address& peer) -> std::optional<Scripted> {
          ++(index < 2 && peer.is_loopback() && peer.port() != 0 ? right : wrong);
          return std::nullopt;
        },
        {}, spread);
    std::thread clients([&] {
      for (int i = 0; i < 6; ++i) {
        RawSocket client(listener.address());
        EXPECT_TRUE(client.wait_readable(patience));
      }
      pool.stop();
    });
    pool.run();
    clients.join();
    EXPECT_EQ(right, 6);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(pool.stats().refused, 6U);
    EXPECT_EQ(listener.connections(), 0U);
  }
}

}  // namespace
}  // namespace eddy::test
