// UDP beyond one peer: groups, broadcast, hop limits, where a datagram has arrived and from where one is sent.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/driver/datagram_arrival.h>
#include <reactor/driver/sockaddr.h>
#include <reactor/driver/socket_calls.h>

#include <deque>
#include <string>

#include "../support/fixture.h"
#include "../support/kernel.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Multicast : public OnDriver {
 protected:
  struct Member {
    std::vector<std::string> received;
    std::vector<Address> senders;
    std::vector<DatagramArrival> arrivals;
    std::vector<std::error_code> errors;
    bool answers = false;
  };
  struct Session {
    Member* member;
    void on_datagram(DatagramSocket& socket, Bytes in, const Address& from) const {
      member->received.emplace_back(in.text());
      member->senders.push_back(from);
      member->arrivals.push_back(socket.arrival());
      if (member->answers) socket.answer(in);
    }
    void on_error(DatagramSocket&, std::error_code why) const { member->errors.push_back(why); }
  };
  Datagram<Session>& bind(std::string_view address, Member& member, const DatagramOptions& options = {}) {
    return sockets.emplace_back(
        loop, address, [&member] { return Session{&member}; }, options);
  }
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }
  static Address at_port(std::string_view host, std::uint16_t port) {
    return Address::parse("udp://" + std::string(host) + ":0").with_port(port);
  }
  std::string interface_for(const std::string& any, const std::string& host, const std::string& group);
  void expect_group_to_hear_until_it_is_left(const std::string& any, const std::string& host, const std::string& group);

  Loop loop{{.driver = driver()}};
  Member a;
  Member b;
  std::deque<Datagram<Session>> sockets;
};
INSTANTIATE_TEST_SUITE_P(Drivers, Multicast, each_driver(), driver_of);

// The first interface that brings back what is sent to a group, whose hop limit of 0 keeps it on this machine.
std::string Multicast::interface_for(const std::string& any, const std::string& host, const std::string& group) {
  for (unsigned number = 1; number < 32; ++number) {
    char name[IF_NAMESIZE];
    if (if_indextoname(number, name) == nullptr) continue;
    try {
      Member member;
      auto& probe = bind(any, member, {.multicast_hop_limit = 0, .multicast_interface = name});
      probe.join(group, name);
      probe.send_to(at_port(host, probe.address().port()), "probe");
      const bool works = turn_until(
          loop, [&] { return !member.received.empty() || !member.errors.empty(); }, 1s);
      const bool heard = works && !member.received.empty();
      sockets.pop_back();
      if (heard) return name;
    } catch (const std::system_error&) {
    }
  }
  return {};
}

void Multicast::expect_group_to_hear_until_it_is_left(const std::string& any, const std::string& host,
                                                      const std::string& group) {
  if (const auto wrong = wrong_multicast_interface(host.front() == '['); !wrong.empty()) GTEST_SKIP() << wrong;
  const auto interface_name = interface_for(any, host, group);
  if (interface_name.empty()) GTEST_SKIP() << "no interface here brings multicasts back";
  auto& member = bind(any, a);
  auto& sender =
      bind(any, b, {.multicast_hop_limit = 0, .multicast_loop = true, .multicast_interface = interface_name});
  const auto to = at_port(host, member.address().port());
  member.join(group, interface_name);
  EXPECT_THROW(member.join(group, interface_name), std::system_error) << "a member already";
  sender.send_to(to, "to the group");
  ASSERT_TRUE(until([&] { return !a.received.empty(); }));
  member.leave(group, interface_name);
  sender.send_to(to, "to nobody");
  sender.send_to(at_port(member.address().is_ipv6() ? "[::1]" : "127.0.0.1", member.address().port()), "to you");
  ASSERT_TRUE(until([&] { return a.received.size() == 2; }));
  EXPECT_EQ(a.received, (std::vector<std::string>{"to the group", "to you"}));
  EXPECT_THROW(member.leave(group, interface_name), std::system_error);
  EXPECT_TRUE(b.errors.empty());
}

// Linux gives every member of any group on the machine what comes for it, by default.
TEST_P(Multicast, GroupThatAnotherSocketHasJoinedIsNotHeard) {
  for (const auto& [any, host, group, own] :
       {std::array<std::string, 4>{"udp://0.0.0.0:0", "239.255.77.2", "239.255.77.2", "239.255.77.3"},
        std::array<std::string, 4>{"udp://[::]:0", "[ff02::7702]", "ff02::7702", "ff02::7703"}}) {
    if (const auto wrong = wrong_multicast_interface(host.front() == '['); !wrong.empty()) GTEST_SKIP() << wrong;
    const auto interface_name = interface_for(any, host, group);
    if (interface_name.empty()) GTEST_SKIP() << "no interface here brings multicasts back";
    a = {};
    auto& stranger = bind(any, a);
    stranger.join(own, interface_name);
    auto& member = bind(any, b, {.multicast_hop_limit = 0, .multicast_interface = interface_name});
    member.join(group, interface_name);
    const auto port = stranger.address().port();
    member.send_to(at_port(host, port), "to the group");
    member.send_to(at_port(stranger.address().is_ipv6() ? "[::1]" : "127.0.0.1", port), "to you");
    ASSERT_TRUE(until([&] { return !a.received.empty(); }));
    EXPECT_EQ(a.received, std::vector<std::string>{"to you"});
  }
}

TEST_P(Multicast, GroupHearsUntilItIsLeft) {
  expect_group_to_hear_until_it_is_left("udp://0.0.0.0:0", "239.255.77.1", "239.255.77.1");
}

TEST_P(Multicast, GroupOfIpv6HearsUntilItIsLeft) {
  expect_group_to_hear_until_it_is_left("udp://[::]:0", "[ff02::7701]", "ff02::7701");
}

// What they do cannot be seen on a loopback interface: it brings everything back.
TEST_P(Multicast, SettingsReachTheSocket) {
  const DatagramOptions options{.multicast_hop_limit = 11, .multicast_loop = false};
  auto& v4 = bind("udp://127.0.0.1:0", a, options);
  EXPECT_EQ(driver::option_value(v4.native_handle(), IPPROTO_IP, IP_MULTICAST_TTL) & 0xff, 11);
  EXPECT_EQ(driver::option_value(v4.native_handle(), IPPROTO_IP, IP_MULTICAST_LOOP) & 0xff, 0);
  auto& v6 = bind("udp://[::1]:0", b, options);
  EXPECT_EQ(driver::option_value(v6.native_handle(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 11);
  EXPECT_EQ(driver::option_value(v6.native_handle(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP), 0);
}

TEST_P(Multicast, BadGroupsAndInterfacesAreNamed) {
  auto& socket = bind("udp://0.0.0.0:0", a);
  const auto text_of = [](auto call) -> std::string {
    try {
      call();
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_NE(text_of([&] { socket.join("127.0.0.1"); }).find("join 127.0.0.1"), std::string::npos);
  EXPECT_NE(text_of([&] { socket.join("group.example"); }).find("group.example"), std::string::npos);
  EXPECT_NE(text_of([&] { socket.join("239.1.2.3", "nowhere0"); }).find("\"nowhere0\""), std::string::npos);
  EXPECT_NE(text_of([&] { bind("udp://0.0.0.0:0", b, {.multicast_interface = "nowhere0"}); }).find("\"nowhere0\""),
            std::string::npos);
  EXPECT_NE(text_of([&] { bind("udp://0.0.0.0:0", b, {.hop_limit = 0}); }).find("1 to 255"), std::string::npos);
  EXPECT_NE(text_of([&] { bind("udp://0.0.0.0:0", b, {.multicast_hop_limit = 256}); }).find("0 to 255"),
            std::string::npos);
}

TEST_P(Multicast, BroadcastIsAskedFor) {
  const auto to = at_port("255.255.255.255", 9);
  auto& usual = bind("udp://127.0.0.1:0", a);
  usual.send_to(to, "x");
  ASSERT_TRUE(until([&] { return !a.errors.empty(); }));
  EXPECT_EQ(a.errors.front(), std::errc::permission_denied);
  auto& loud = bind("udp://127.0.0.1:0", b, {.broadcast = true});
  EXPECT_NE(driver::option_value(loud.native_handle(), SOL_SOCKET, SO_BROADCAST), 0);
}

TEST_P(Multicast, HopLimitReachesTheSocket) {
  auto& v4 = bind("udp://127.0.0.1:0", a, {.hop_limit = 7});
  EXPECT_EQ(driver::option_value(v4.native_handle(), IPPROTO_IP, IP_TTL), 7);
  auto& v6 = bind("udp://[::1]:0", b, {.hop_limit = 9});
  EXPECT_EQ(driver::option_value(v6.native_handle(), IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
}

// ---- where it has arrived

TEST_P(Multicast, AnswerComesFromTheAddressThatWasAsked) {
  if (!driver::knows_arrival) GTEST_SKIP() << "this system is not asked where datagrams arrive";
  if (const auto wrong = wrong_arrival(); !wrong.empty()) GTEST_SKIP() << wrong;
  auto& server = bind("udp://0.0.0.0:0", a, {.arrival = true});
  a.answers = true;
  for (const auto* asked : {"127.0.0.5", "127.0.0.1"}) {
    const auto address = at_port(asked, server.address().port());
    RawSocket client(address);  // connected: it hears this address alone
    client.send("question");
    std::string answer;
    ASSERT_TRUE(until([&] { return !(answer = client.read_some()).empty(); })) << asked;
    EXPECT_EQ(answer, "question");
    EXPECT_EQ(a.arrivals.back().to, address);
    EXPECT_EQ(a.arrivals.back().local, address);
    EXPECT_EQ(a.arrivals.back().interface_index, if_nametoindex("lo"));
  }
  EXPECT_TRUE(server.arrival().to.is_unnamed()) << "outside of on_datagram";
}

TEST_P(Multicast, ArrivalIsToldOfEachOfManyThatArriveAsOne) {
  if (!driver::knows_arrival) GTEST_SKIP() << "this system is not asked where datagrams arrive";
  if (const auto wrong = wrong_segments(); !wrong.empty()) GTEST_SKIP() << wrong;
  auto& server = bind("udp://[::]:0", a, {.arrival = true});
  a.answers = true;
  auto& client = bind("udp://[::1]:0", b);
  const auto to = at_port("[::1]", server.address().port());
  for (int i = 0; i < 50; ++i) client.send_to(to, std::to_string(100 + i));
  ASSERT_TRUE(until([&] { return b.received.size() == 50; }));
  for (const auto& arrival : a.arrivals) EXPECT_EQ(arrival.to, to);
  for (const auto& sender : b.senders) EXPECT_EQ(sender, to);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(b.received[i], std::to_string(100 + i));
}

TEST_P(Multicast, SocketOfBothFamiliesAnswersIpv4FromTheAddressThatWasAsked) {
  if (!driver::knows_arrival) GTEST_SKIP() << "this system is not asked where datagrams arrive";
  if (!has_both_families()) GTEST_SKIP() << "no such socket here";
  auto& server = bind("udp://*:0", a, {.arrival = true});
  a.answers = true;
  RawSocket client(at_port("127.0.0.6", server.address().port()));
  client.send("question");
  std::string answer;
  ASSERT_TRUE(until([&] { return !(answer = client.read_some()).empty(); }));
  EXPECT_EQ(a.arrivals.back().to.host(), "::ffff:127.0.0.6");
}

TEST_P(Multicast, SourceIsTheOneAskedForOfEachDatagramAlone) {
  if (!driver::knows_arrival) GTEST_SKIP() << "this system is not asked where datagrams arrive";
  if (const auto wrong = wrong_segments(); !wrong.empty()) GTEST_SKIP() << wrong;
  auto& receiver = bind("udp://127.0.0.1:0", a);
  auto& sender = bind("udp://0.0.0.0:0", b);
  // Of one size and for one receiver: none is taken together with another's.
  for (const auto* source : {"127.0.0.2", "127.0.0.2", "127.0.0.3"}) {
    sender.send_to(receiver.address(), "x", {.address = at_port(source, 0)});
  }
  sender.send_to(receiver.address(), "x");
  ASSERT_TRUE(until([&] { return a.senders.size() == 4; }));
  EXPECT_EQ(a.senders[0].host(), "127.0.0.2");
  EXPECT_EQ(a.senders[1].host(), "127.0.0.2");
  EXPECT_EQ(a.senders[2].host(), "127.0.0.3");
  EXPECT_EQ(a.senders[3].host(), "127.0.0.1");
}

TEST_P(Multicast, SourceThatIsNotOursIsAnError) {
  if (!driver::knows_arrival) GTEST_SKIP() << "this system is not asked where datagrams arrive";
  auto& receiver = bind("udp://127.0.0.1:0", a);
  auto& sender = bind("udp://0.0.0.0:0", b);
  EXPECT_THROW(sender.send_to(receiver.address(), "x", {.address = at_port("[::1]", 0)}), std::system_error);
  sender.send_to(receiver.address(), "lost", {.address = at_port("192.0.2.1", 0)});
  sender.send_to(receiver.address(), "sent");
  ASSERT_TRUE(until([&] { return !b.errors.empty() && !a.received.empty(); }));
  EXPECT_EQ(a.received, std::vector<std::string>{"sent"});
}

TEST_P(Multicast, GroupsMemberAnswersFromItsOwnAddress) {
  if (!driver::knows_arrival) GTEST_SKIP() << "this system is not asked where datagrams arrive";
  struct Family {
    std::string any, host, group;
  };
  for (const auto& family : {Family{"udp://0.0.0.0:0", "239.255.77.3", "239.255.77.3"},
                             Family{"udp://[::]:0", "[ff02::7703]", "ff02::7703"}}) {
    const bool ipv6 = family.host.front() == '[';
    if (const auto wrong = wrong_multicast_interface(ipv6); !wrong.empty()) GTEST_SKIP() << wrong;
    const auto interface_name = interface_for(family.any, family.host, family.group);
    if (interface_name.empty()) GTEST_SKIP() << "no interface here brings multicasts back";
    a = {};
    b = {};
    a.answers = true;
    auto& member = bind(family.any, a, {.arrival = true});
    auto& sender = bind(family.any, b, {.multicast_hop_limit = 0, .multicast_interface = interface_name});
    member.join(family.group, interface_name);
    sender.send_to(at_port(family.host, member.address().port()), "question");
    ASSERT_TRUE(until([&] { return !b.received.empty(); }));
    const auto& arrival = a.arrivals.back();
    EXPECT_TRUE(arrival.to.to_string().starts_with("udp://" + family.host.substr(0, family.host.find(']'))));
    EXPECT_EQ(arrival.interface_index, if_nametoindex(interface_name.c_str()));
    EXPECT_NE(b.senders.back().host(), arrival.to.host());
    EXPECT_EQ(b.senders.back().port(), member.address().port());
    if (!arrival.local.is_unnamed()) {
      EXPECT_EQ(b.senders.back(), arrival.local);
    }
  }
}

}  // namespace
}  // namespace eddy::test
