// Turning a loop: run, run_once, stop, embedding, and which driver it gets.
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <stdexcept>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Turning : public OnDriver {
 protected:
  Script server;
  Script client;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Turning, each_driver(), driver_of);

TEST_P(Turning, RunOnceWaitsUntilItsDeadlineAndNoLonger) {
  const auto began = loop.clock();
  // A signal, or the machine's being halted for a moment, may end a wait early (EINTR).
  while (loop.clock() < began + 20ms) loop.run_once(began + 20ms);
  EXPECT_LE(loop.stats().turns, 3U);
  const auto turns = loop.stats().turns;
  loop.run_once(TimePoint::min());
  loop.run_once(loop.now());
  EXPECT_EQ(loop.stats().turns, turns + 2);
}

TEST_P(Turning, RunOnceReturnsForATimerBeforeItsDeadline) {
  bool called = false;
  Timer timer(loop, [&] { called = true; });
  timer.start(5ms);
  const auto far = loop.clock() + patience;
  while (!called && loop.clock() < far) loop.run_once(far);
  EXPECT_TRUE(called);
  EXPECT_LT(loop.clock(), far);
}

TEST_P(Turning, StopEndsTheRunAfterTheCurrentTurnAndItMayRunAgain) {
  std::string order;
  loop.post([&] {
    loop.stop();
    order += "a";
    loop.post([&] { order += "c"; });
  });
  loop.post([&] { order += "b"; });
  loop.run();
  EXPECT_EQ(order, "ab");
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(order, "abc");
}

TEST_P(Turning, StopBeforeRunGivesOneTurn) {
  bool called = false;
  loop.post([&] { called = true; });
  loop.stop();
  loop.run();
  EXPECT_TRUE(called);
}

TEST_P(Turning, RunInsideACallbackIsALogicError) {
  int thrown = 0;
  loop.on_exception([&](const std::exception_ptr& error) {
    EXPECT_THROW(std::rethrow_exception(error), std::logic_error);
    ++thrown;
  });
  loop.post([&] { loop.run(); });
  loop.post([&] { loop.run_once(loop.now()); });
  loop.run_once(loop.now());
  EXPECT_EQ(thrown, 2);
}

TEST_P(Turning, NowStandsStillThroughoutATurn) {
  TimePoint first{};
  TimePoint second{};
  loop.post([&] {
    first = loop.now();
    const auto began = loop.clock();
    while (loop.clock() < began + 1ms) {
    }
    EXPECT_GT(loop.clock(), loop.now());
  });
  loop.post([&] { second = loop.now(); });
  loop.run_once(loop.now());
  EXPECT_EQ(first, second);
}

TEST_P(Turning, NextDeadlineSaysWhenAnEmbeddingLoopHasToCallAgain) {
  while (loop.next_deadline() <= loop.clock()) loop.run_once(loop.now());  // what a driver has to set up
  EXPECT_EQ(loop.next_deadline(), never);
  Timer timer(loop, [] {});
  timer.start(1h);
  EXPECT_LE(loop.next_deadline(), timer.deadline());
  EXPECT_GT(loop.next_deadline(), loop.clock());
  timer.cancel();
  loop.post([] {});
  EXPECT_LE(loop.next_deadline(), loop.clock()) << "a task waits: at once";
  loop.run_once(loop.now());
  EXPECT_EQ(loop.next_deadline(), never);
}

// Somebody else's loop: poll(2) on the descriptor until the deadline, then one turn that does not wait.
TEST_P(Turning, RunsEmbeddedInAnotherLoop) {
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

TEST(LoopDriver, UnknownNameIsAnErrorThatNamesItAndTheChoices) {
  try {
    const Loop loop({.driver = "carrier-pigeon"});
    FAIL() << "expected an error";
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("carrier-pigeon"), std::string::npos) << text;
    for (const auto name : driver_names()) EXPECT_NE(text.find(name), std::string::npos) << text;
  }
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
