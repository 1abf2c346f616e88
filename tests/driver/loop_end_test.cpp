// When run() has returned, the peers of all connections that have ended know it: nobody has to turn the loop for that.
#include <gtest/gtest.h>
#include <reactor/listener.h>

#include <thread>

#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "../support/wine.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class LoopEnd : public OnDriver {
 protected:
  // A raw peer of a connection that is open and has been quiet for some turns.
  void open(const ConnectionOptions& options = {}) {
    listener = std::make_unique<Listener<Scripted>>(loop, "tcp://127.0.0.1:0", server.factory(),
                                                    ListenOptions{.connection = options});
    peer = std::make_unique<RawSocket>(listener->address());
    ASSERT_TRUE(turn_until(loop, [&] { return server.opened(); }));
    for (int i = 0; i < 3; ++i) loop.run_once(loop.now());
  }
  Connection& connection() { return *loop.find(server.last); }

  // What the peer sees without a turn of the loop.
  void expect_peer_told(bool reset) {
    EXPECT_EQ(loop.stats().open, 0U);
    const auto give_up = std::chrono::steady_clock::now() + 5s;
    while (!peer->ended() && !peer->reset() && std::chrono::steady_clock::now() < give_up) {
      if (peer->read_some().empty()) std::this_thread::sleep_for(1ms);
    }
    if (under_wine() && reset) reset = peer->reset();  // it sends a FIN first
    EXPECT_EQ(peer->ended(), !reset);
    EXPECT_EQ(peer->reset(), reset);
  }

  Script server;
  Loop loop{{.driver = driver()}};
  std::unique_ptr<Listener<Scripted>> listener;
  std::unique_ptr<RawSocket> peer;
};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopEnd, each_driver(), driver_of);

TEST_P(LoopEnd, CloseWithoutLingerThatStopsIsOutAsFin) {
  open({.linger_timeout = 0ns});
  server.on_close = [&](Connection&, std::error_code) { loop.stop(); };
  connection().close();
  loop.run();
  expect_peer_told(false);
}

TEST_P(LoopEnd, CloseInTheTurnThatStopsIsOutAsFin) {
  open({.linger_timeout = 0ns});
  server.on_data = [&](Connection& of, Bytes in) {
    of.close();
    loop.stop();
    return in.size();
  };
  peer->send("bye");
  loop.run();
  expect_peer_told(false);
}

TEST_P(LoopEnd, CloseAfterAPauseIsOutAsFin) {
  open({.linger_timeout = 0ns});
  server.on_close = [&](Connection&, std::error_code) { loop.stop(); };
  connection().pause();
  for (int i = 0; i < 3; ++i) loop.run_once(loop.now());
  connection().close();
  loop.run();
  expect_peer_told(false);
}

TEST_P(LoopEnd, CloseOfOneWhosePeerHasEndedIsOutAsFin) {
  open();
  bool ended = false;
  server.on_end = [&](Connection&) { ended = true; };
  server.on_close = [&](Connection&, std::error_code) { loop.stop(); };
  peer->finish();
  ASSERT_TRUE(turn_until(loop, [&] { return ended; }));
  for (int i = 0; i < 3; ++i) loop.run_once(loop.now());
  connection().close();
  loop.run();
  expect_peer_told(false);
}

TEST_P(LoopEnd, AbortThatStopsIsOutAsReset) {
  open();
  server.on_close = [&](Connection&, std::error_code) { loop.stop(); };
  connection().abort();
  loop.run();
  expect_peer_told(true);
}

TEST_P(LoopEnd, AbortWithOutputUnderWayIsOutAsReset) {
  open();
  for (int i = 0; i < 100 && connection().queued() == 0; ++i) {
    connection().send(std::string(400'000, 'x'));
    loop.run_once(loop.now());
  }
  ASSERT_GT(connection().queued(), 0U);
  for (int i = 0; i < 3; ++i) loop.run_once(loop.now());
  server.on_close = [&](Connection&, std::error_code) { loop.stop(); };
  connection().abort();
  loop.run();
  expect_peer_told(true);
}

TEST_P(LoopEnd, DrainIsOutAsFin) {
  open({.linger_timeout = 0ns});
  loop.drain(20s);
  loop.run();
  expect_peer_told(false);
}

TEST_P(LoopEnd, DrainsDeadlineIsOutAsReset) {
  open();
  server.on_drain = [](Connection&) {};
  loop.drain(20ms);
  loop.run();
  ASSERT_EQ(server.why(), Errc::drain_deadline);
  expect_peer_told(true);
}

TEST_P(LoopEnd, ConnectionClosedAfterRunHasReturnedEndsInTheNextRun) {
  open({.linger_timeout = 0ns});
  loop.stop();
  loop.run();
  EXPECT_FALSE(server.closed());
  server.on_close = [&](Connection&, std::error_code) { loop.stop(); };
  connection().close();
  loop.run();
  expect_peer_told(false);
}

}  // namespace
}  // namespace eddy::test
