// Datagram sockets: UDP and Unix.
#include <gtest/gtest.h>
#include <reactor/datagram.h>

#include <deque>
#include <string>
#include <vector>

#include "../support/fixture.h"
#include "../support/kernel.h"
#include "../support/raw_socket.h"
#include "../support/wine.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

// What a test wants done with datagrams, and what came.
struct Post {
  std::function<void(DatagramSocket&, Bytes, const Address&)> on_datagram;
  std::vector<std::string> received;
  std::vector<Address> senders;
  std::vector<std::error_code> errors;
  int lows = 0;
};

struct Clerk {
  Post* post;
  void on_datagram(DatagramSocket& socket, Bytes in, const Address& from) const {
    post->received.emplace_back(in.text());
    post->senders.push_back(from);
    if (post->on_datagram) post->on_datagram(socket, in, from);
  }
  void on_error(DatagramSocket&, std::error_code why) const { post->errors.push_back(why); }
  void on_low(DatagramSocket&) const { ++post->lows; }
};

class Datagrams : public OnDriver {
 protected:
  Datagram<Clerk>& bind(std::string_view address, Post& post, const DatagramOptions& options = {}) {
    return sockets.emplace_back(
        loop, address, [&post] { return Clerk{&post}; }, options);
  }
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }

  Loop loop{{.driver = driver()}};
  Post a;
  Post b;
  std::deque<Datagram<Clerk>> sockets;
};
INSTANTIATE_TEST_SUITE_P(Drivers, Datagrams, each_driver(), driver_of);

void echo(DatagramSocket& socket, Bytes in, const Address& from) { socket.send_to(from, in); }

TEST_P(Datagrams, ArriveWholeWithTheirSenders) {
  auto& server = bind("udp://127.0.0.1:0", a);
  auto& client = bind("udp://127.0.0.1:0", b);
  a.on_datagram = echo;
  EXPECT_NE(server.address().port(), 0);
  for (const std::size_t size : {0U, 1U, 1000U, 65507U}) {
    const std::string payload(size, 'x');
    EXPECT_EQ(client.send_to(server.address(), payload), SendResult::accepted);
    ASSERT_TRUE(until([&] { return !b.received.empty(); })) << size;
    EXPECT_TRUE(b.received.back() == payload) << size;
    EXPECT_EQ(b.senders.back(), server.address());
    EXPECT_EQ(a.senders.back(), client.address());
    b.received.clear();
  }
}

TEST_P(Datagrams, ManyOfOneCallbackLeaveInOrder) {
  if (const auto wrong = wrong_segments(); !wrong.empty()) GTEST_SKIP() << wrong;
  auto& server = bind("udp://127.0.0.1:0", a);
  auto& client = bind("udp://127.0.0.1:0", b);
  for (int i = 0; i < 100; ++i) client.send_to(server.address(), std::to_string(i));
  EXPECT_EQ(client.queued(), 190U) << "corked until the turn ends";
  ASSERT_TRUE(until([&] { return a.received.size() == 100; }));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.received[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(client.queued(), 0U);
}

TEST_P(Datagrams, WorkOverIpv6AndOverBothFamiliesAtOnce) {
  auto& v6 = bind("udp://[::1]:0", a);
  RawSocket(v6.address()).send("six");
  ASSERT_TRUE(until([&] { return a.received.size() == 1; }));
  EXPECT_EQ(a.senders.back().host(), "::1");

  if (!has_both_families()) {
    EXPECT_THROW(bind("udp://*:0", b), std::system_error) << "not half of it";
    return;
  }
  auto& both = bind("udp://*:0", b);
  RawSocket four(Address::parse("udp://127.0.0.1:0").with_port(both.address().port()));
  RawSocket six(Address::parse("udp://[::1]:0").with_port(both.address().port()));
  b.on_datagram = echo;
  for (auto* peer : {&four, &six}) {
    peer->send("hello");
    std::string answer;
    ASSERT_TRUE(until([&] { return !(answer = peer->read_some()).empty(); }));
    EXPECT_EQ(answer, "hello");
  }
}

TEST_P(Datagrams, ConnectedOneHearsItsPeerAlone) {
  auto& server = bind("udp://127.0.0.1:0", a);
  auto& client = bind("udp://127.0.0.1:0", b);
  client.connect(server.address().to_string());
  RawSocket stranger(client.address());
  stranger.send("from a stranger");
  a.on_datagram = echo;
  EXPECT_EQ(client.send("hello"), SendResult::accepted);
  ASSERT_TRUE(until([&] { return !b.received.empty(); }));
  turn_for(loop, 2ms);
  EXPECT_EQ(b.received, std::vector<std::string>{"hello"});
}

TEST_P(Datagrams, ConnectedOneIsToldThatNobodyListens) {
  auto& client = bind("udp://127.0.0.1:0", b);
  auto& server = bind("udp://127.0.0.1:0", a);
  const auto address = server.address().to_string();
  server.close();
  EXPECT_TRUE(server.closed());
  client.connect(address);
  client.send("anybody?");
  ASSERT_TRUE(until([&] { return !b.errors.empty(); }));
  EXPECT_EQ(b.errors.front(), std::errc::connection_refused);
  EXPECT_GE(loop.stats().datagram_errors, 1U);
}

TEST_P(Datagrams, ConnectedOneLivesOnThoughNobodyListenedAtFirst) {
  if (under_wine()) GTEST_SKIP() << "Wine tells nothing more of a socket that has had an error";
  auto& client = bind("udp://127.0.0.1:0", b);
  std::string address;
  {
    auto& server = bind("udp://127.0.0.1:0", a);
    address = server.address().to_string();
    server.close();
    EXPECT_TRUE(server.closed());
  }
  client.connect(address);
  client.send("anybody?");
  ASSERT_TRUE(until([&] { return !b.errors.empty(); }));
  // Somebody comes: the same socket goes on.
  bind(address, a).session();
  a.on_datagram = echo;
  ASSERT_TRUE(until([&] {
    if (client.queued() == 0) client.send("and now?");
    return !b.received.empty();
  }));
}

TEST_P(Datagrams, TooLongOneComesToOnErrorAndTheOthersGo) {
  auto& server = bind("udp://127.0.0.1:0", a);
  auto& client = bind("udp://127.0.0.1:0", b);
  client.send_to(server.address(), "before");
  client.send_to(server.address(), std::string(65508, 'x'));
  client.send_to(server.address(), "after");
  ASSERT_TRUE(until([&] { return a.received.size() == 2 && !b.errors.empty(); }));
  EXPECT_EQ(a.received, (std::vector<std::string>{"before", "after"}));
  ASSERT_EQ(b.errors.size(), 1U);
  EXPECT_EQ(b.errors[0], std::errc::message_size);
}

TEST_P(Datagrams, LongerThan64KiBIsDroppedAndTold) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& server = bind(free_address("unixgram"), a);
  RawSocket peer(server.address());
  peer.set_send_buffer(1 << 20);
  if (peer.send_some(std::string(100'000, 'x')) == 0) GTEST_SKIP() << "no Unix datagram is as long as that here";
  peer.send("short");
  ASSERT_TRUE(until([&] { return !a.received.empty(); }));
  EXPECT_EQ(a.received, std::vector<std::string>{"short"});
  EXPECT_EQ(loop.stats().datagrams_truncated, 1U);
  ASSERT_EQ(a.errors.size(), 1U);
  EXPECT_EQ(a.errors.front(), Errc::datagram_too_long);
}

TEST_P(Datagrams, QueueIsBoundedAndOnLowTellsOfRoom) {
  // A Unix receiver that does not read makes the sender wait, as UDP never does.
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& server = bind(free_address("unixgram"), a);
  auto& client = bind(free_address("unixgram"), b, {.output_cap = 10'000});
  server.pause();
  int accepted = 0;
  while (client.send_to(server.address(), std::string(1000, 'x')) == SendResult::accepted) {
    ++accepted;
    loop.run_once(loop.now());
    ASSERT_LT(accepted, 100'000);
  }
  EXPECT_LE(client.queued(), 10'000U);
  EXPECT_EQ(b.lows, 0);
  EXPECT_EQ(loop.stats().sends_refused, 1U);
  server.resume();
  ASSERT_TRUE(until([&] { return b.lows == 1; }));
  EXPECT_LE(client.queued(), 5'000U);
  ASSERT_TRUE(until([&] { return a.received.size() == static_cast<std::size_t>(accepted); }));
  EXPECT_TRUE(b.errors.empty());
}

TEST_P(Datagrams, EmptyOnesCountTowardsTheBound) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& server = bind(free_address("unixgram"), a);
  auto& client = bind(free_address("unixgram"), b, {.output_cap = 20'000});
  server.pause();
  std::size_t sent = 0;
  while (client.send_to(server.address(), "") == SendResult::accepted) ASSERT_LT(++sent, 100'000U);
  turn_for(loop, 20ms);
  EXPECT_EQ(b.lows, 0) << "less than half of them can have left";
  server.resume();
  ASSERT_TRUE(until([&] { return b.lows == 1 && a.received.size() == sent; }));
}

TEST_P(Datagrams, OneThatIsLongerThanTheBoundIsRefusedWithoutAnOnLow) {
  const auto server = bind("udp://127.0.0.1:0", a).address();
  auto& client = bind("udp://127.0.0.1:0", b, {.output_cap = 1000});
  EXPECT_EQ(client.send_to(server, std::string(1001, 'x')), SendResult::refused);
  EXPECT_EQ(client.send_to(server, "x"), SendResult::accepted);
  ASSERT_TRUE(until([&] { return a.received.size() == 1; }));
  EXPECT_EQ(b.lows, 0);
}

TEST_P(Datagrams, PausedOneLeavesThemToTheSystem) {
  auto& server = bind("udp://127.0.0.1:0", a);
  server.pause();
  RawSocket peer(server.address());
  peer.send("early");
  turn_for(loop, 2ms);
  EXPECT_TRUE(a.received.empty());
  server.resume();
  ASSERT_TRUE(until([&] { return !a.received.empty(); }));
}

TEST_P(Datagrams, MayCloseInTheirOwnCallback) {
  auto& server = bind("udp://127.0.0.1:0", a);
  a.on_datagram = [](DatagramSocket& socket, Bytes, const Address& from) {
    socket.send_to(from, "dropped");
    socket.close();
    EXPECT_EQ(socket.send_to(from, "x"), SendResult::refused);
  };
  RawSocket peer(server.address());
  for (int i = 0; i < 3; ++i) peer.send("x");
  ASSERT_TRUE(until([&] { return server.closed(); }));
  turn_for(loop, 2ms);
  EXPECT_EQ(a.received.size(), 1U) << "nothing of the batch comes after close";
}

TEST_P(Datagrams, UnixSenderWithoutANameCannotBeAnswered) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& server = bind(free_address("unixgram"), a);
  RawSocket peer(server.address());
  peer.send("x");
  ASSERT_TRUE(until([&] { return !a.received.empty(); }));
  EXPECT_TRUE(a.senders.back().is_unnamed());
  server.send_to(a.senders.back(), "y");
  ASSERT_TRUE(until([&] { return !a.errors.empty(); }));
  EXPECT_FALSE(server.closed());
}

TEST_P(Datagrams, BindErrorsNameTheAddress) {
  auto& server = bind("udp://127.0.0.1:0", a);
  try {
    bind(server.address().to_string(), b);
    FAIL() << "expected an error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use);
    EXPECT_NE(std::string(error.what()).find(server.address().to_string()), std::string::npos) << error.what();
  }
  EXPECT_THROW(bind("tcp://127.0.0.1:0", b), std::system_error);
  EXPECT_THROW(server.connect("unixgram:/tmp/x"), std::system_error);
}

TEST_P(Datagrams, ReusePortLetsTwoShareAPort) {
  if (!has_reuse_port()) GTEST_SKIP() << "not on this system";
  auto& first = bind("udp://127.0.0.1:0", a, {.reuse_port = true});
  auto& second = bind(first.address().to_string(), b, {.reuse_port = true});
  EXPECT_EQ(first.address(), second.address());
  for (int i = 0; i < 50; ++i) RawSocket(first.address()).send("x");
  ASSERT_TRUE(until([&] { return a.received.size() + b.received.size() == 50; }));
}

TEST_P(Datagrams, FullUnixReceiverDoesNotHoldUpTheOthers) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& sender = bind(free_address("unixgram"), a);
  Post full;
  auto& deaf = bind(free_address("unixgram"), full);
  auto& keen = bind(free_address("unixgram"), b);
  deaf.pause();
  while (sender.queued() < 10'000) {
    sender.send_to(deaf.address(), std::to_string(full.lows++));
    sender.send_to(deaf.address(), std::string(100, 'x'));
    loop.run_once(loop.now());
  }
  for (int i = 0; i < 100; ++i) sender.send_to(keen.address(), std::to_string(i));
  ASSERT_TRUE(until([&] { return b.received.size() == 100; }));
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(b.received[i], std::to_string(i));
  EXPECT_GT(sender.queued(), 0U);
  deaf.resume();
  const auto all = static_cast<std::size_t>(full.lows) * 2;
  ASSERT_TRUE(until([&] { return full.received.size() == all; })) << "none is lost";
  for (std::size_t i = 0; i < all; i += 2) EXPECT_EQ(full.received[i], std::to_string(i / 2));
  EXPECT_TRUE(a.errors.empty());
}

// The system says of the sender that it is writable all the time: only the full receiver's time to try again counts.
TEST_P(Datagrams, FullUnixReceiverIsNoBusyWork) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& sender = bind(free_address("unixgram"), a);
  auto& deaf = bind(free_address("unixgram"), b);
  deaf.pause();
  while (sender.queued() < 10'000) {
    sender.send_to(deaf.address(), std::string(100, 'x'));
    loop.run_once(loop.now());
  }
  const auto turns = loop.stats().turns;
  turn_for(loop, 100ms);
  EXPECT_LT(loop.stats().turns - turns, 300U);
  // Who embeds the loop is told to come back then, and not at once.
  bool may_wait = false;
  for (int i = 0; i < 1000 && !may_wait; ++i) {
    loop.run_once(loop.now());
    const auto deadline = loop.next_deadline();
    may_wait = deadline > loop.clock();
    EXPECT_LT(deadline, loop.clock() + 1s);
  }
  EXPECT_TRUE(may_wait);
}

// To try all of it takes longer than the receiver is given.
TEST_P(Datagrams, LongQueueForAFullUnixReceiverIsNoBusyWork) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& sender = bind(free_address("unixgram"), a, {.output_cap = 64 << 20});
  auto& deaf = bind(free_address("unixgram"), b);
  deaf.pause();
  for (int i = 0; i < 50'000; ++i) sender.send_to(deaf.address(), "x");
  bool may_wait = false;
  for (int i = 0; i < 10 && !may_wait; ++i) {
    loop.run_once(loop.clock() + 10ms);
    may_wait = loop.next_deadline() > loop.clock();
  }
  EXPECT_TRUE(may_wait);
}

TEST_P(Datagrams, ErrorOfAPausedSocketIsToldOnceAndIsNoBusyWork) {
  auto& client = bind("udp://127.0.0.1:0", a);
  std::string nobody;
  {
    Datagram<Clerk> gone(loop, "udp://127.0.0.1:0", [this] { return Clerk{&b}; });
    nobody = gone.address().to_string();
  }
  client.connect(nobody);
  client.pause();
  client.send("anybody there?");
  turn_for(loop, 20ms);
  const auto turns = loop.stats().turns;
  turn_for(loop, 30ms);
  EXPECT_LT(loop.stats().turns - turns, 10U);
  client.resume();
  ASSERT_TRUE(until([&] { return a.errors.size() == 1; }));
}

TEST_P(Datagrams, FullReceiverThatOneIsConnectedToIsWaitedForWithoutBusyWork) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  auto& receiver = bind(free_address("unixgram"), a);
  auto& sender = bind(free_address("unixgram"), b);
  sender.connect(receiver.address().to_string());
  receiver.pause();
  std::size_t sent = 0;
  while (sender.queued() < 10'000) {
    sender.send(std::to_string(sent++));
    sender.send(std::string(100, 'x'));
    loop.run_once(loop.now());
  }
  const auto turns = loop.stats().turns;
  turn_for(loop, 50ms);
  EXPECT_LT(loop.stats().turns - turns, 50U);
  receiver.resume();
  ASSERT_TRUE(until([&] { return a.received.size() == 2 * sent; })) << "none is lost";
  for (std::size_t i = 0; i < sent; ++i) EXPECT_EQ(a.received[2 * i], std::to_string(i));
  EXPECT_TRUE(b.errors.empty());
}

TEST_P(Datagrams, RefusalBehindADatagramIsToldToo) {
  auto& client = bind("udp://127.0.0.1:0", a);
  auto& server = bind("udp://127.0.0.1:0", b);
  client.connect(server.address().to_string());
  client.pause();
  server.send_to(client.address(), "farewell");
  loop.run_once(loop.now());
  server.close();
  client.send("anybody there?");
  turn_for(loop, 5ms);
  client.resume();
  ASSERT_TRUE(until([&] { return a.received.size() == 1 && a.errors.size() == 1; }))
      << a.received.size() << " received, " << a.errors.size() << " errors";
  EXPECT_EQ(a.errors.front(), std::errc::connection_refused);
}

TEST_P(Datagrams, RefusalOfAnEarlierOneDoesNotCostTheNext) {
  auto& client = bind("udp://127.0.0.1:0", a);
  std::string nobody;
  {
    Datagram<Clerk> gone(loop, "udp://127.0.0.1:0", [this] { return Clerk{&b}; });
    nobody = gone.address().to_string();
  }
  client.connect(nobody);
  client.pause();  // so that sending is what finds the refusal
  client.send("lost");
  loop.run_once(loop.now());
  bind(nobody, b);
  client.send("arrives");
  ASSERT_TRUE(until([&] { return b.received == std::vector<std::string>{"arrives"}; }));
}

}  // namespace
}  // namespace eddy::test
