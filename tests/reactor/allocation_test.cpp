// Steady traffic allocates nothing: neither receiving nor sending, neither streams nor datagrams, codecs neither.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>

#include "../support/allocations.h"
#include "../support/fixture.h"

namespace eddy::test {
namespace {

class Allocations : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Allocations, each_driver(), driver_of);

struct Echo {
  static void on_data(Connection& peer, Bytes in) { peer.send(in); }
};

struct PingPong {
  std::uint64_t* answers;
  std::size_t size;
  void on_open(Connection& peer) const { peer.send(Bytes(payload(), size)); }
  std::size_t on_data(Connection& peer, Bytes in) const {
    if (in.size() < size) return 0;
    ++*answers;
    peer.send(in.first(size));
    return size;
  }
  static const char* payload() {
    static const std::string text(1 << 20, 'x');
    return text.data();
  }
};

// How many allocations a thousand messages (after the first hundred) take.
template <class Step>
std::uint64_t allocations_of_a_thousand(const std::uint64_t& answers, Step step) {
  while (answers < 100) step();
  const auto before = allocations();
  const auto from = answers;
  while (answers < from + 1000) step();
  return allocations() - before;
}

TEST_P(Allocations, NonePerMessageOnStreams) {
  for (const std::string kind : {"tcp", "unix"}) {
    if (kind == "unix" && !has_unix_sockets()) continue;
    for (const std::size_t size : {1U, 64U, 4000U}) {
      Loop loop({.driver = driver()});
      const Listener<Echo> listener(loop, free_address(kind));
      std::uint64_t answers = 0;
      for (int i = 0; i < 3; ++i) {
        connect<PingPong>(loop, listener.address().to_string(), [&] { return PingPong{&answers, size}; });
      }
      EXPECT_EQ(allocations_of_a_thousand(answers, [&] { loop.run_once(); }), 0U) << kind << " " << size;
    }
  }
}

TEST_P(Allocations, NonePerDatagram) {
  struct Server {
    static void on_datagram(DatagramSocket& socket, Bytes in, const Address& from) { socket.send_to(from, in); }
  };
  struct Client {
    std::uint64_t* answers;
    void on_datagram(DatagramSocket& socket, Bytes in, const Address& from) const {
      ++*answers;
      socket.send_to(from, in);
    }
  };
  for (const std::string kind : {"udp", "unixgram"}) {
    if (kind == "unixgram" && !has_unix_sockets()) continue;
    Loop loop({.driver = driver()});
    const Datagram<Server> server(loop, free_address(kind));
    std::uint64_t answers = 0;
    Datagram<Client> client(loop, free_address(kind), [&] { return Client{&answers}; });
    client.send_to(server.address(), "hello");
    EXPECT_EQ(allocations_of_a_thousand(answers, [&] { loop.run_once(); }), 0U) << kind;
  }
}

TEST_P(Allocations, NoneForAPostOrATimerWithASmallClosure) {
  Loop loop({.driver = driver()});
  std::uint64_t calls = 0;
  Timer timer(loop, [&] { ++calls; });
  EXPECT_EQ(allocations_of_a_thousand(calls,
                                      [&] {
                                        loop.post([&] { ++calls; });
                                        timer.start(Duration::zero());
                                        loop.run_once(loop.now());
                                      }),
            0U);
}

TEST_P(Allocations, NonePerMessageOfABroadcast) {
  Script clients;
  Loop loop({.driver = driver()});
  const Listener<Echo> listener(loop, "tcp://127.0.0.1:0");
  std::vector<Id> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(connect<Scripted>(loop, listener.address().to_string(), clients.factory()).id());
  }
  ASSERT_TRUE(turn_until(loop, [&] { return clients.count("open") == 10; }));
  clients.on_data = [](Connection&, Bytes in) { return in.size(); };
  const SharedBytes payload{std::string(100, 'x')};
  clients.events.reserve(100'000);
  clients.received.reserve(10'000'000);
  std::uint64_t sent = 0;
  const auto broadcast = [&] {
    for (const auto id : ids) {
      loop.find(id)->send(payload);
      ++sent;
    }
    loop.run_once(loop.now());
  };
  // Scripted writes a std::string for each call; short ones, which std::string keeps inside.
  EXPECT_EQ(allocations_of_a_thousand(sent, broadcast), 0U);
}

}  // namespace
}  // namespace eddy::test
