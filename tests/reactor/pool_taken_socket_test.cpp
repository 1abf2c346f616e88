// A PoolListener of sockets that listen already: those that a parent, or systemd, has opened.
#include <gtest/gtest.h>
#include <reactor/driver/socket.h>
#include <reactor/pool_listener.h>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

// Opens its number on the wire, and sends back what it gets.
struct SayLoop {
  std::size_t loop = 0;
  void on_open(Connection& peer) const { peer.send(std::to_string(loop)); }
  static void on_data(Connection& peer, Bytes in) { peer.send(in); }
};

class PoolOfTakenSockets : public OnDriver {
 protected:
  static OwnedSocket listening(Address& local, bool reuse_port = false) {
    std::error_code error;
    auto socket = driver::open_listening(local, {.reuse_port = reuse_port}, error);
    EXPECT_FALSE(error) << error.message();
    return OwnedSocket(socket.release());
  }
  static std::vector<OwnedSocket> one(OwnedSocket socket) {
    std::vector<OwnedSocket> list;
    list.push_back(std::move(socket));
    return list;
  }
  // Which loops serve 30 connections that are open at the same time.
  std::array<int, 3> served(std::vector<OwnedSocket> sockets, Spread spread) {
    const PoolListener<SayLoop> listener(
        pool, std::move(sockets), [](std::size_t loop) { return SayLoop{loop}; }, {}, spread);
    std::array<int, 3> counts{};
    std::thread clients([&] {
      std::vector<Script> scripts(30);  // outlive the loop, whose end calls on_close
      Loop here({.driver = driver()});
      for (auto& each : scripts) {
        each.on_open = [](Connection& peer) { peer.send("hello"); };
        connect<Scripted>(here, listener.address().to_string(), each.factory());
      }
      for (auto& each : scripts) {
        EXPECT_TRUE(turn_until(here, [&] { return each.received.size() >= 6; }));
        EXPECT_EQ(each.received.substr(1), "hello");
        if (!each.received.empty()) ++counts.at(static_cast<std::size_t>(each.received[0] - '0'));
      }
      pool.stop();
    });
    pool.run();
    clients.join();
    return counts;
  }
  void expect_error(std::string_view expected, std::vector<OwnedSocket> sockets, Spread spread) {
    try {
      const PoolListener<SayLoop> listener(pool, std::move(sockets), {}, spread);
      ADD_FAILURE() << "expected an error: " << expected;
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
    }
  }

  Address address = Address::parse("tcp://127.0.0.1:0");
  LoopPool pool{3, {.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, PoolOfTakenSockets, each_driver(), driver_of);

TEST_P(PoolOfTakenSockets, HandsOverFromOne) {
  EXPECT_EQ(served(one(listening(address)), Spread::handoff), (std::array{10, 10, 10}));
}

TEST_P(PoolOfTakenSockets, SharesOneExclusively) {
  const auto counts = served(one(listening(address)), Spread::exclusive);
  EXPECT_EQ(counts[0] + counts[1] + counts[2], 30);
}

TEST_P(PoolOfTakenSockets, HasOneForEachLoop) {
  if (!has_reuse_port()) GTEST_SKIP() << "not on this system";
  std::vector<OwnedSocket> sockets;
  for (int i = 0; i < 3; ++i) sockets.push_back(listening(address, true));
  const auto counts = served(std::move(sockets), Spread::reuseport);
  EXPECT_EQ(counts[0] + counts[1] + counts[2], 30);
  EXPECT_LT(counts[0], 30) << "one socket alone was listened on";
}

TEST_P(PoolOfTakenSockets, TakesUnixOnes) {
  if (!has_unix_sockets()) GTEST_SKIP() << "not on this system";
  auto unix_address = Address::parse(free_address("unix"));
  std::error_code error;
  auto made = driver::open_listening(unix_address, {}, error);  // whose file goes with it
  ASSERT_FALSE(error);
  auto copy = driver::duplicate(made.get(), error);
  EXPECT_EQ(served(one(std::move(copy)), Spread::handoff), (std::array{10, 10, 10}));
}

TEST_P(PoolOfTakenSockets, SaysHowManyAreExpected) {
  expect_error("PoolListener of 0 sockets: expected 1", {}, Spread::handoff);
  std::vector<OwnedSocket> two(2);
  expect_error("PoolListener of 2 sockets: expected 1", std::move(two), Spread::exclusive);
  expect_error("PoolListener of 1 sockets: expected one for each of the 3 loops", one(listening(address)),
               Spread::reuseport);
}

TEST_P(PoolOfTakenSockets, SaysWhichSocketIsWrong) {
  expect_error("expected a listening one", one(socket_pair().first.release()), Spread::handoff);
  std::vector<OwnedSocket> sockets;
  for (int i = 0; i < 3; ++i) {
    auto another = Address::parse("tcp://127.0.0.1:0");
    sockets.push_back(listening(another));
    if (i == 0) address = another;
  }
  expect_error("expected " + address.to_string() + " as for the first one", std::move(sockets), Spread::reuseport);
}

}  // namespace
}  // namespace eddy::test
