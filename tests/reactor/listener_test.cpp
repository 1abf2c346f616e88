// Listening: limits, both families, port reuse.
#include <gtest/gtest.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Listening : public OnDriver {
 protected:
  std::unique_ptr<Listener<Scripted>> listen(std::string_view address, const ListenOptions& options = {}) {
    return std::make_unique<Listener<Scripted>>(loop, address, script.factory(), options);
  }
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }

  Script script;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Listening, each_driver(), driver_of);

TEST_P(Listening, OneMoreThanMaxConnectionsIsClosedAtOnceAndCounted) {
  const auto listener = listen("tcp://127.0.0.1:0", {.max_connections = 2});
  std::vector<RawSocket> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(listener->address());
  ASSERT_TRUE(until([&] { return loop.stats().refused == 1; }));
  ASSERT_TRUE(until([&] {
    clients[2].read_some();
    return clients[2].ended() || clients[2].reset();
  }));
  EXPECT_EQ(listener->connections(), 2U);
  EXPECT_EQ(script.count("open"), 2U);
  // A place becomes free.
  clients[0].close();
  ASSERT_TRUE(until([&] { return listener->connections() == 1; }));
  clients.emplace_back(listener->address());
  ASSERT_TRUE(until([&] { return script.count("open") == 3; }));
  EXPECT_EQ(loop.stats().refused, 1U);
}

TEST_P(Listening, PortZeroTellsTheRealPort) {
  const auto first = listen("tcp://127.0.0.1:0");
  const auto second = listen("tcp://127.0.0.1:0");
  EXPECT_NE(first->address().port(), 0);
  EXPECT_NE(first->address(), second->address());
}

TEST_P(Listening, CloseLeavesOpenConnectionsAlone) {
  auto listener = listen("tcp://127.0.0.1:0");
  script.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  RawSocket client(listener->address());
  ASSERT_TRUE(until([&] { return script.opened(); }));
  listener->close();
  EXPECT_TRUE(listener->closed());
  listener.reset();
  client.send("still here");
  std::string answer;
  ASSERT_TRUE(until([&] { return (answer += client.read_some()) == "still here"; }));
}

TEST_P(Listening, AddressCanBeListenedOnAgainAtOnce) {
  auto listener = listen("tcp://127.0.0.1:0");
  const auto address = listener->address().to_string();
  // A connection that the server ends first stays in TIME_WAIT.
  script.on_open = [](Connection& peer) { peer.close(); };
  {
    RawSocket client(listener->address());
    ASSERT_TRUE(until([&] {
      client.read_some();
      return client.ended();
    }));
  }
  ASSERT_TRUE(until([&] { return script.closed(); }));
  listener.reset();
  EXPECT_NO_THROW(listener = listen(address));
}

// ---- families

TEST_P(Listening, Ipv6AddressIsIpv6AloneAndAStarIsBoth) {
  const auto six = listen("tcp://[::]:0");
  const auto port = six->address().port();
  // The same port is free for IPv4.
  const auto four = listen("tcp://0.0.0.0:" + std::to_string(port));
  const RawSocket client4(Address::parse("tcp://127.0.0.1:0").with_port(port));
  const RawSocket client6(Address::parse("tcp://[::1]:0").with_port(port));
  ASSERT_TRUE(until([&] { return four->connections() == 1 && six->connections() == 1; }));

  if (!has_both_families()) {
    EXPECT_THROW(listen("tcp://*:0"), std::system_error) << "not half of it";
    return;
  }
  const auto both = listen("tcp://*:0");
  const RawSocket both4(Address::parse("tcp://127.0.0.1:0").with_port(both->address().port()));
  const RawSocket both6(Address::parse("tcp://[::1]:0").with_port(both->address().port()));
  ASSERT_TRUE(until([&] { return both->connections() == 2; }));
  EXPECT_EQ(both->address().to_string(), "tcp://*:" + std::to_string(both->address().port()));
}

TEST_P(Listening, V6OnlyCanBeSaidOtherwise) {
  if (!has_both_families()) GTEST_SKIP() << "not on this system";
  const auto listener = listen("tcp://[::]:0", {.v6_only = false});
  const RawSocket client(Address::parse("tcp://127.0.0.1:0").with_port(listener->address().port()));
  ASSERT_TRUE(until([&] { return listener->connections() == 1; }));
  EXPECT_EQ(loop.find(script.last)->peer_address().host(), "::ffff:127.0.0.1");
}

TEST_P(Listening, ReusePortSharesAPortBetweenListeners) {
  if (!has_reuse_port()) GTEST_SKIP() << "not on this system";
  const auto first = listen("tcp://127.0.0.1:0", {.reuse_port = true});
  const auto second = listen(first->address().to_string(), {.reuse_port = true});
  std::vector<RawSocket> clients;
  for (int i = 0; i < 64; ++i) clients.emplace_back(first->address());
  ASSERT_TRUE(until([&] { return first->connections() + second->connections() == 64; }));
  EXPECT_GT(first->connections(), 0U);
  EXPECT_GT(second->connections(), 0U);
}

}  // namespace
}  // namespace eddy::test
