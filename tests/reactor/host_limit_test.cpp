// How many connections each host may have.
#include <gtest/gtest.h>
#include <reactor/host_limit.h>
#include <reactor/pool_listener.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

Address ip(const std::string& number) { return Address::parse("tcp://" + number + ":7"); }

TEST(HostLimitTable, HostIsAnIpv4AddressOrANetworkOfIpv6) {
  const auto hosts = HostLimit::make({.connections = 1});
  const auto first = hosts->take(ip("10.0.0.1"));
  EXPECT_TRUE(first);
  EXPECT_FALSE(hosts->take(ip("10.0.0.1")));
  EXPECT_FALSE(hosts->take(ip("[::ffff:10.0.0.1]")));
  EXPECT_TRUE(hosts->take(ip("10.0.0.2")));
  const auto network = hosts->take(ip("[2001:db8:0:1::1]"));
  EXPECT_TRUE(network);
  EXPECT_FALSE(hosts->take(ip("[2001:db8:0:1:ffff::2]")));
  EXPECT_TRUE(hosts->take(ip("[2001:db8:0:2::1]")));
}

TEST(HostLimitTable, PrefixesMayBeOthers) {
  const auto hosts = HostLimit::make({.connections = 1, .ipv4_prefix = 24, .ipv6_prefix = 128});
  const auto first = hosts->take(ip("10.0.0.1"));
  EXPECT_FALSE(hosts->take(ip("10.0.0.200")));
  EXPECT_TRUE(hosts->take(ip("10.0.1.1")));
  const auto one = hosts->take(ip("[2001:db8::1]"));
  EXPECT_TRUE(hosts->take(ip("[2001:db8::2]")));
}

TEST(HostLimitTable, HasAnEntryForEachHostThatHasAPlaceAndForNoOther) {
  const auto hosts = HostLimit::make({.connections = 2});
  {
    const auto first = hosts->take(ip("10.0.0.1"));
    const auto second = hosts->take(ip("10.0.0.1"));
    EXPECT_FALSE(hosts->take(ip("10.0.0.1")));
    const auto other = hosts->take(ip("10.0.0.2"));
    EXPECT_EQ(hosts->hosts(), 2U);
  }
  EXPECT_EQ(hosts->hosts(), 0U);
}

TEST(HostLimitTable, ExemptHostsAndUnixPeersAreNotCounted) {
  const auto hosts = HostLimit::make({.connections = 1, .exempt = {AddressPrefix::parse("127.0.0.0/8")}});
  std::vector<std::optional<HostPlace>> places;
  for (int i = 0; i < 3; ++i) {
    places.push_back(hosts->take(ip("127.0.0.1")));
    places.push_back(hosts->take(Address()));
  }
  for (const auto& place : places) {
    ASSERT_TRUE(place);
    EXPECT_FALSE(*place);
  }
  EXPECT_EQ(hosts->hosts(), 0U);
}

TEST(HostLimitTable, PlaceOutlivesTheTablesOwner) {
  auto hosts = HostLimit::make({.connections = 1});
  auto place = hosts->take(ip("10.0.0.1"));
  hosts.reset();
  place.reset();
}

TEST(HostLimitTable, BadSettingsAreRefusedByTheirName) {
  const auto refused = [](HostLimits limits, const std::string& name) {
    try {
      HostLimit::make(std::move(limits));
    } catch (const std::invalid_argument& why) {
      return std::string(why.what()).find(name) != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused({.connections = 0}, "connections is 0: expected at least 1"));
  EXPECT_TRUE(refused({.connections = 1, .ipv4_prefix = 33}, "ipv4_prefix is 33: expected 0 to 32"));
  EXPECT_TRUE(refused({.connections = 1, .ipv6_prefix = 129}, "ipv6_prefix is 129: expected 0 to 128"));
}

class HostsOfListeners : public OnDriver {
 protected:
  void SetUp() override {
    if (!has_both_families()) GTEST_SKIP() << "the two hosts of these tests are 127.0.0.1 and ::1";
  }
  static RawSocket from_ipv4(const Address& listener) {
    return RawSocket("tcp://127.0.0.1:" + std::to_string(listener.port()));
  }
  static RawSocket from_ipv6(const Address& listener) {
    return RawSocket("tcp://[::1]:" + std::to_string(listener.port()));
  }
  Script script;
  Loop loop{{.driver = driver()}};
  const std::shared_ptr<HostLimit> hosts = HostLimit::make({.connections = 2});
};
INSTANTIATE_TEST_SUITE_P(Drivers, HostsOfListeners, each_driver(), driver_of);

TEST_P(HostsOfListeners, OneThatOpensManyKeepsNobodyElseOut) {
  const Listener<Scripted> listener(loop, "tcp://*:0", script.factory(), {.hosts = hosts});
  std::vector<RawSocket> many;
  for (int i = 0; i < 5; ++i) many.push_back(from_ipv4(listener.address()));
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().accepted + loop.stats().refused == 5; }));
  EXPECT_EQ(loop.stats().refused, 3U);
  ASSERT_TRUE(turn_until(loop, [&] {
    many.back().read_some();
    return many.back().ended() || many.back().reset();
  }));
  const auto other = from_ipv6(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().accepted == 3; }));
  EXPECT_EQ(listener.connections(), 3U);
}

TEST_P(HostsOfListeners, PlaceIsFreeWhenItsConnectionHasEnded) {
  const Listener<Scripted> listener(loop, "tcp://*:0", script.factory(), {.hosts = hosts});
  for (std::size_t i = 1; i <= 5; ++i) {
    auto client = from_ipv4(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().accepted == i; }));
    EXPECT_EQ(hosts->hosts(), 1U);
    i % 2 == 0 ? client.close() : client.close_with_reset();
    ASSERT_TRUE(turn_until(loop, [&] { return hosts->hosts() == 0; }));
  }
  EXPECT_EQ(loop.stats().refused, 0U);
}

TEST_P(HostsOfListeners, WhomTheFactoryRefusesGivesItsPlaceBack) {
  const Listener<Scripted> listener(loop, "tcp://*:0", []() -> std::optional<Scripted> { return std::nullopt; },
                                    {.hosts = hosts});
  for (std::size_t i = 1; i <= 5; ++i) {
    const auto client = from_ipv4(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().refused == i; }));
    EXPECT_EQ(hosts->hosts(), 0U);
  }
}

TEST_P(HostsOfListeners, SeveralListenersShareTheLimit) {
  const Listener<Scripted> one(loop, "tcp://*:0", script.factory(), {.hosts = hosts});
  const Listener<Scripted> two(loop, "tcp://*:0", script.factory(), {.hosts = hosts});
  std::vector<RawSocket> many;
  for (const auto* listener : {&one, &two, &one, &two}) many.push_back(from_ipv4(listener->address()));
  ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().accepted + loop.stats().refused == 4; }));
  EXPECT_EQ(loop.stats().refused, 2U);
}

TEST_P(HostsOfListeners, LimitIsOfAllLoopsOfAPoolTogether) {
  for (const auto spread : {Spread::handoff, Spread::exclusive}) {
    LoopPool pool(3, {.driver = driver()});
    const PoolListener<Scripted> listener(
        pool, "tcp://*:0", [this](std::size_t) { return Scripted{&script}; }, {.hosts = hosts}, spread);
    std::vector<RawSocket> many;
    for (int i = 0; i < 6; ++i) many.push_back(from_ipv4(listener.address()));
    const auto total = [&] {
      std::uint64_t accepted = 0;
      std::uint64_t refused = 0;
      for (std::size_t i = 0; i < pool.size(); ++i) {
        pool[i].run_once(pool[i].clock());
        accepted += pool[i].stats().accepted;
        refused += pool[i].stats().refused;
      }
      return std::pair(accepted, refused);
    };
    ASSERT_TRUE(turn_until(pool[0], [&] {
      const auto [accepted, refused] = total();
      return accepted + refused == 6;
    }));
    EXPECT_EQ(total(), (std::pair<std::uint64_t, std::uint64_t>(2, 4)));
    many.clear();
    ASSERT_TRUE(turn_until(pool[0], [&] {
      total();
      return hosts->hosts() == 0;
    }));
  }
}

}  // namespace
}  // namespace eddy::test
