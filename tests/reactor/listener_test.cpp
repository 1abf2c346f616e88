// Listening: limits, both families, Unix socket files, port reuse, many clients.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "../support/descriptors.h"
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

  const auto both = listen("tcp://*:0");
  const RawSocket both4(Address::parse("tcp://127.0.0.1:0").with_port(both->address().port()));
  const RawSocket both6(Address::parse("tcp://[::1]:0").with_port(both->address().port()));
  ASSERT_TRUE(until([&] { return both->connections() == 2; }));
  EXPECT_EQ(both->address().to_string(), "tcp://*:" + std::to_string(both->address().port()));
}

TEST_P(Listening, V6OnlyCanBeSaidOtherwise) {
  const auto listener = listen("tcp://[::]:0", {.v6_only = false});
  const RawSocket client(Address::parse("tcp://127.0.0.1:0").with_port(listener->address().port()));
  ASSERT_TRUE(until([&] { return listener->connections() == 1; }));
  EXPECT_EQ(loop.find(script.last)->peer_address().host(), "::ffff:127.0.0.1");
}

TEST_P(Listening, ReusePortSharesAPortBetweenListeners) {
  if (!balances_ports()) GTEST_SKIP() << "not on this system";
  const auto first = listen("tcp://127.0.0.1:0", {.reuse_port = true});
  const auto second = listen(first->address().to_string(), {.reuse_port = true});
  std::vector<RawSocket> clients;
  for (int i = 0; i < 64; ++i) clients.emplace_back(first->address());
  ASSERT_TRUE(until([&] { return first->connections() + second->connections() == 64; }));
  EXPECT_GT(first->connections(), 0U);
  EXPECT_GT(second->connections(), 0U);
}

// ---- Unix socket files

class UnixFile : public Listening {
 protected:
  void SetUp() override {
    path = std::filesystem::temp_directory_path() / ("eddy-" + std::to_string(::getpid()) + "-" + driver() + ".sock");
    std::filesystem::remove(path);
    url = "unix:" + path.string();
  }
  void TearDown() override { std::filesystem::remove(path); }

  std::filesystem::path path;
  std::string url;
};
INSTANTIATE_TEST_SUITE_P(Drivers, UnixFile, each_driver(), driver_of);

TEST_P(UnixFile, IsRemovedWhenTheListenerCloses) {
  auto listener = listen(url);
  EXPECT_TRUE(std::filesystem::is_socket(path));
  listener.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_P(UnixFile, StaleOneIsReplaced) {
  // A process that ended without removing it.
  const int old = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto address = Address::parse(url);
  ASSERT_EQ(::bind(old, static_cast<const sockaddr*>(address.native()), static_cast<socklen_t>(address.native_size())),
            0);
  ::close(old);
  ASSERT_TRUE(std::filesystem::is_socket(path));
  const auto listener = listen(url);
  const RawSocket client(listener->address());
  ASSERT_TRUE(until([&] { return listener->connections() == 1; }));
}

TEST_P(UnixFile, ThatSomebodyAnswersOnIsLeftToHim) {
  const auto first = listen(url, {.backlog = 1});
  std::vector<RawSocket> waiting;
  for (int i = 0; i < 2; ++i) waiting.emplace_back(first->address());
  EXPECT_THROW(listen(url), std::system_error) << "its backlog is full, and still he lives";
  ASSERT_TRUE(until([&] { return first->connections() == 2; }));
  EXPECT_THROW(listen(url), std::system_error);
  const RawSocket later(first->address());
  ASSERT_TRUE(until([&] { return first->connections() >= 3; }));
}

TEST_P(UnixFile, OfAnotherKindIsNeverTouched) {
  std::ofstream(path) << "precious";
  EXPECT_THROW(listen(url), std::system_error);
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_P(UnixFile, OfASuccessorIsNotRemoved) {
  auto first = listen(url);
  std::filesystem::remove(path);
  auto second = listen(url);
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(path)) << "the file is another listener's by now";
  const RawSocket client(second->address());
  ASSERT_TRUE(until([&] { return second->connections() == 1; }));
}

TEST_P(Listening, AbstractNameLeavesNoFile) {
  if (!Address::has_abstract_names()) GTEST_SKIP() << "not on this system";
  const auto listener = listen("unix:@eddy-test-" + std::to_string(::getpid()) + driver());
  const RawSocket client(listener->address());
  ASSERT_TRUE(until([&] { return listener->connections() == 1; }));
  EXPECT_FALSE(std::filesystem::exists(listener->address().host()));
}

// ---- many, and too many

TEST_P(Listening, TwoThousandConnectionsEchoAndLeaveNoDescriptorBehind) {
  const auto before = open_descriptors();
  script.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  Script clients;
  {
    Loop other({.driver = driver()});
    const auto listener = listen("tcp://127.0.0.1:0");
    clients.on_open = [](Connection& peer) { peer.send(std::to_string(peer.id().token())); };
    int right = 0;
    clients.on_data = [&](Connection& peer, Bytes in) -> std::size_t {
      const auto expected = std::to_string(peer.id().token());
      if (in.size() < expected.size()) return 0;
      right += in.text() == expected ? 1 : 0;
      peer.close();
      return in.size();
    };
    for (int i = 0; i < 2000; ++i) connect<Scripted>(other, listener->address().to_string(), clients.factory());
    ASSERT_TRUE(until([&] {
      other.run_once(other.now());
      return clients.count("close") == 2000 && script.count("close") == 2000;
    }));
    EXPECT_EQ(right, 2000);
    EXPECT_EQ(loop.stats().accepted, 2000U);
    EXPECT_EQ(loop.stats().closed[static_cast<std::size_t>(CloseReason::clean)], 2000U);
  }
  EXPECT_FALSE(script.called_after_close);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Listening, OutOfDescriptorsServesThoseConnectedAndGoesOnWhenOneLeaves) {
  script.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  const auto listener = listen("tcp://127.0.0.1:0");
  std::vector<RawSocket> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(listener->address());
  // Room for ten of the twenty: the lowest free number and nine more.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int lowest = next_descriptor();
  const rlimit tight{static_cast<rlim_t>(lowest) + 10, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  struct Restore {
    rlimit old;
    ~Restore() { ::setrlimit(RLIMIT_NOFILE, &old); }
  } const restore{limit};

  ASSERT_TRUE(until([&] { return loop.stats().accept_errors > 0; }));
  const auto served = listener->connections();
  EXPECT_GE(served, 9U);
  EXPECT_LE(served, 10U);
  EXPECT_EQ(loop.stats().shed, 1U) << "one was closed by way of the reserve";
  const auto turns = loop.stats().turns;
  turn_for(loop, 100ms);
  EXPECT_LT(loop.stats().turns - turns, 40U) << "it does not spin";
  EXPECT_LT(loop.stats().accept_errors, 10U);
  clients[0].send("hello");
  std::string answer;
  ASSERT_TRUE(until([&] { return (answer += clients[0].read_some()) == "hello"; }));
  // One leaves: those who wait get in, as many as there are descriptors now (the client's own is one of them).
  for (std::size_t gone = 0; gone < 3; ++gone) {
    const auto accepted = loop.stats().accepted;
    clients[gone].close();
    ASSERT_TRUE(until([&] { return loop.stats().accepted > accepted; }));
  }
}

}  // namespace
}  // namespace eddy::test
