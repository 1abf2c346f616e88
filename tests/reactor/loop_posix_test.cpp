// Embedding a loop in another one by its descriptor, and choosing its driver by the environment.
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <stdexcept>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Embedding : public OnDriver {
 protected:
  Script server;
  Script client;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Embedding, each_driver(), driver_of);

// Somebody else's loop: poll(2) on the descriptor until the deadline, then one turn that does not wait.
TEST_P(Embedding, RunsEmbeddedInAnotherLoop) {
  server.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  client.on_open = [](Connection& peer) { peer.send("hello"); };
  const auto listener =
      std::make_unique<Listener<Scripted>>(loop, "tcp://127.0.0.1:0", server.factory(), ListenOptions{});
  const auto id = connect<Scripted>(loop, listener->address().to_string(), client.factory()).id();
  bool ticked = false;
  Timer timer(loop, [&] { ticked = true; });
  timer.start(30ms);
  if (!loop.descriptor()) {
    EXPECT_EQ(driver(), "poll") << "the only one without a descriptor to wait on";
    return;
  }
  const auto give_up = loop.clock() + patience;
  while ((client.received != "hello" || !ticked) && loop.clock() < give_up) {
    const auto wait = std::clamp<Duration>(loop.next_deadline() - loop.clock(), 0ns, patience);
    pollfd ready{*loop.descriptor(), POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count()));
    loop.run_once(loop.now());
  }
  EXPECT_EQ(client.received, "hello");
  EXPECT_TRUE(ticked);
  EXPECT_LT(loop.stats().turns, 50U) << "each turn was for a reason";
  EXPECT_NE(loop.find(id), nullptr);
}

TEST(LoopDriver, ComesFromTheOptionThenTheEnvironmentThenWhatIsBest) {
  ::unsetenv("EDDY_DRIVER");
  EXPECT_EQ(Loop().driver().name, driver_names().front());
  EXPECT_NE(Loop().driver().reason, "");
  ::setenv("EDDY_DRIVER", "poll", 1);
  EXPECT_EQ(Loop().driver().name, "poll");
  EXPECT_NE(Loop().driver().reason.find("EDDY_DRIVER"), std::string::npos);
  const auto best = driver_names().front();
  EXPECT_EQ(Loop({.driver = std::string(best)}).driver().name, best);
  ::setenv("EDDY_DRIVER", "nothing", 1);
  EXPECT_THROW(Loop(), std::invalid_argument);
  ::unsetenv("EDDY_DRIVER");
}

}  // namespace
}  // namespace eddy::test
