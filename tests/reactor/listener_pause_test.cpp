// A paused listener leaves connections in the backlog, and takes them when it goes on.
#include <gtest/gtest.h>

#include <vector>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ListenerPause : public OnDriver {
 protected:
  Script script;
  Loop loop{{.driver = driver()}};
  Listener<Scripted> listener{loop, "tcp://127.0.0.1:0", script.factory()};
};
INSTANTIATE_TEST_SUITE_P(Drivers, ListenerPause, each_driver(), driver_of);

TEST_P(ListenerPause, ConnectionsWaitUntilItGoesOn) {
  listener.pause();
  listener.pause();
  EXPECT_TRUE(listener.paused());
  turn_for(loop, 5ms);
  std::vector<RawSocket> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back(listener.address());
  turn_for(loop, 30ms);
  EXPECT_EQ(script.count("open"), 0U);
  listener.resume();
  EXPECT_FALSE(listener.paused());
  EXPECT_TRUE(turn_until(loop, [&] { return script.count("open") == 3; }));
}

TEST_P(ListenerPause, MayBeRepeatedAndLeavesOpenConnectionsAlone) {
  std::vector<RawSocket> clients;
  for (std::size_t i = 0; i < 5; ++i) {
    clients.emplace_back(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return script.count("open") == i + 1; }));
    listener.pause();
    turn_for(loop, 2ms);
    clients.front().send("x");
    ASSERT_TRUE(turn_until(loop, [&] { return script.received.size() == i + 1; }));
    listener.resume();
  }
}

TEST_P(ListenerPause, ResumeInTheSameTurnLosesNothing) {
  std::vector<RawSocket> clients;
  for (std::size_t i = 0; i < 20; ++i) {
    listener.pause();
    clients.emplace_back(listener.address());
    listener.resume();
    ASSERT_TRUE(turn_until(loop, [&] { return script.count("open") == i + 1; }));
  }
}

TEST_P(ListenerPause, PausedListenerClosesAndDrains) {
  listener.pause();
  loop.drain(1s);
  loop.run();
  EXPECT_TRUE(listener.closed());
  listener.resume();
}

}  // namespace
}  // namespace eddy::test
