// A peer that has finished and takes nothing. Waiting for room in its full socket is waiting: io_uring's own polls tell
// of such an end again and again, though nobody asks for it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <string>
#include <vector>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class FinishedPeer : public OnDriver {
 protected:
  // The processor's time of this process, kernel threads that work for it included, while it only waits.
  void expect_no_busy_work() {
    const auto busy_before = std::clock();
    turn_for(loop, 500ms);
    EXPECT_LT(static_cast<double>(std::clock() - busy_before) / CLOCKS_PER_SEC, 0.1);
  }

  // Each connection is sent more than its socket takes, when it opens.
  void serve_much() {
    script.on_open = [this](Connection& peer) { EXPECT_NE(peer.send(much), SendResult::refused); };
    script.on_end = [](Connection& /*peer*/) {};
  }
  // When the peer finishes, the send that found no room waits already.
  void finish_when_full(RawSocket& peer) {
    ASSERT_TRUE(turn_until(loop, [&] { return script.opened(); }));
    const auto& connection = *loop.find(script.last);
    std::size_t queued = 0;
    do {
      queued = connection.queued();
      turn_for(loop, 50ms);
    } while (connection.queued() != queued);
    ASSERT_GT(queued, 0U);
    peer.finish();
    ASSERT_TRUE(turn_until(loop, [&] { return script.count("end") == 1 || connection.paused(); }));
  }
  void finish_and_read_all(RawSocket& peer) {
    finish_when_full(peer);
    expect_no_busy_work();
    std::size_t got = 0;
    ASSERT_TRUE(turn_until(loop, [&] {
      got += peer.read_some().size();
      return got == much.size();
    })) << got;
  }

  Script script;
  Loop loop{{.driver = driver()}};
  const std::string much = std::string(2'000'000, 'x');
};
INSTANTIATE_TEST_SUITE_P(Drivers, FinishedPeer, each_driver(), driver_of);

TEST_P(FinishedPeer, ThatTakesNothingIsNoBusyWorkOverTcp) {
  serve_much();
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory(), {.socket = {.send_buffer = 65536}});
  RawSocket peer(listener.address(), 65536);
  finish_and_read_all(peer);
}

// With the buffers as the system makes them, the ring's own waiting was a busy one for some amounts of data.
TEST_P(FinishedPeer, ThatTakesNothingOfItsEchoIsNoBusyWork) {
  script.on_data = [](Connection& peer, Bytes in) {
    if (peer.send(in) != SendResult::accepted) peer.pause();
    return in.size();
  };
  script.on_end = [](Connection& /*peer*/) {};
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory());
  std::vector<RawSocket> peers;
  const std::string piece(16'384, 'x');
  for (std::size_t tenths = 20; tenths <= 36; ++tenths) {
    auto& peer = peers.emplace_back(listener.address(), 4096);
    std::size_t sent = 0;
    const auto enough = tenths * 100'000;
    const auto give_up = loop.clock() + 300ms;
    while (sent < enough && loop.clock() < give_up) {
      sent += peer.send_some(piece);
      loop.run_once(loop.now() + 1ms);
    }
  }
  for (auto& peer : peers) peer.finish();
  turn_for(loop, 50ms);
  expect_no_busy_work();
}

TEST_P(FinishedPeer, ThatTakesNothingIsNoBusyWorkOverAUnixSocket) {
  serve_much();
  const Listener<Scripted> listener(loop, free_address("unix"), script.factory());
  RawSocket peer(listener.address());
  finish_and_read_all(peer);
}

TEST_P(FinishedPeer, ThatTakesNoDescriptorsIsNoBusyWork) {
  script.on_open = [&](Connection& peer) {
    EXPECT_NE(peer.send(much), SendResult::refused);
    EXPECT_NE(peer.send("y", OwnedDescriptor(::dup(0))), SendResult::refused);
  };
  script.on_end = [](Connection& /*peer*/) {};
  const Listener<Scripted> listener(loop, free_address("unix"), script.factory());
  RawSocket peer(listener.address());
  finish_when_full(peer);
  std::size_t got = 0;
  ASSERT_TRUE(turn_until(loop, [&] {
    got += peer.read_some().size();
    return got + 150'000 > much.size();
  }));
  expect_no_busy_work();
  ASSERT_TRUE(turn_until(loop, [&] {
    got += peer.read_some().size();
    return got == much.size() + 1;
  })) << got;
}

// Level-triggered: it is told as long as there is room, and not while there is none.
TEST_P(FinishedPeer, ThatTakesNothingIsNoBusyWorkForAWatch) {
  auto [own, peer] = socket_pair();
  own.set_send_buffer(4096);
  const std::string some(100'000, 'x');
  while (own.send_some(some) > 0) {
  }
  peer.finish();
  int calls = 0;
  const auto watch = loop.watch(own.descriptor(), Interest::write, [&](Ready ready) {
    EXPECT_TRUE(ready.write);
    ++calls;
  });
  const auto turns = loop.stats().turns;
  expect_no_busy_work();
  EXPECT_EQ(calls, 0);
  EXPECT_LT(loop.stats().turns - turns, 100U);
  while (!peer.read_some().empty()) {
  }
  ASSERT_TRUE(turn_until(loop, [&] { return calls >= 3; }));
  while (own.send_some(some) > 0) {
  }
  turn_for(loop, 3ms);  // what was told before is delivered
  const auto before = calls;
  turn_for(loop, 20ms);
  EXPECT_EQ(calls, before);
}

}  // namespace
}  // namespace eddy::test
