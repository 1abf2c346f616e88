// Loop::run that ends when nothing is left to wait for: what holds it, and what does not.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/timer.h>

#include <csignal>
#include <memory>
#include <optional>
#include <thread>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class RunUntilNothingLeft : public OnDriver {
 protected:
  // A task at the end of the run that is under way would be one more thing to wait for: so a thread ends what holds it.
  void run() { loop.run(RunUntil::nothing_left); }
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, RunUntilNothingLeft, each_driver(), driver_of);

TEST_P(RunUntilNothingLeft, EndsAtOnceOnALoopThatHasNothing) {
  loop.stop_on({SIGTERM});
  Timer resting(loop, [] {});
  run();
  EXPECT_EQ(loop.stats().turns, 0U);
}

TEST_P(RunUntilNothingLeft, WaitsForTasksAndTheTasksThatTheyPost) {
  int ran = 0;
  loop.post([&] {
    ++ran;
    loop.post([&] { ++ran; });
  });
  EXPECT_TRUE(loop.remote().post([&] { ++ran; }));
  run();
  EXPECT_EQ(ran, 3);
}

TEST_P(RunUntilNothingLeft, WaitsForTimersThatRun) {
  int calls = 0;
  std::optional<Timer> timer;
  timer.emplace(loop, [&] {
    if (++calls == 3) timer->cancel();
  });
  timer->start_every(2ms);
  run();
  EXPECT_EQ(calls, 3);
}

TEST_P(RunUntilNothingLeft, WaitsForConnectionsAndListenersUntilTheyAreClosed) {
  Script server;
  Script client;
  std::optional<Listener<Scripted>> listener;
  listener.emplace(loop, "tcp://127.0.0.1:0", server.factory());
  server.on_open = [&](Connection& peer) {
    listener.reset();
    peer.send("bye");
    peer.close();
  };
  connect<Scripted>(loop, listener->address().to_string(), client.factory());
  run();
  EXPECT_TRUE(server.closed());
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(client.received, "bye");
}

struct ClosesAtOnce {
  void on_datagram(DatagramSocket& socket, Bytes /*payload*/, const Address& /*from*/) { socket.close(); }
};

TEST_P(RunUntilNothingLeft, WaitsForDatagramSocketsUntilTheyAreClosed) {
  Datagram<ClosesAtOnce> socket(loop, "udp://127.0.0.1:0");
  socket.send_to(socket.address(), "x");
  run();
  EXPECT_TRUE(socket.closed());
}

TEST_P(RunUntilNothingLeft, WaitsForWatches) {
  Loop other({.driver = driver()});
  Script server;
  Listener<Scripted> listener(other, "tcp://127.0.0.1:0", server.factory());
  const RawSocket socket(listener.address());
  Watch watch;
  watch = loop.watch(socket.descriptor(), Interest::write, [&](Ready) { watch = Watch(); });
  run();
  EXPECT_FALSE(watch);
}

TEST_P(RunUntilNothingLeft, EndsByStopToo) {
  Timer timer(loop, [&] { loop.stop(); });
  timer.start_every(1ms);
  run();
  EXPECT_TRUE(timer.running());
}

}  // namespace
}  // namespace eddy::test
