// Turning a loop: run, run_once, stop, embedding, and which driver it gets.
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

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
  // Signals, and the machine's being halted for a moment, end waits early (EINTR): some turns more than one, where
  // a loop that does not wait makes thousands.
  while (loop.clock() < began + 20ms) loop.run_once(began + 20ms);
  EXPECT_LE(loop.stats().turns, 100U);
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

// Each of many connections has something to be done that takes long, as a message to thousands has.
class CrowdOf200 : public Turning {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < count; ++i) {
      clients_.emplace_back(listener_.address());
      ASSERT_TRUE(turn_until(loop, [&] { return listener_.connections() == clients_.size(); }));
    }
    loop.for_each_connection([&](Connection& connection) { crowd_.push_back(connection.id()); });
  }

  // Each takes a millisecond of step 5.
  void keep_all_busy() {
    for (const auto id : crowd_) {
      loop.find(id)->when_sent([&](Connection& peer) {
        ++done;
        const auto end = deadline_after(peer.loop().clock(), 1ms);
        while (peer.loop().clock() < end) {
        }
      });
    }
  }

  static constexpr std::size_t count = 200;
  const Listener<Scripted> aside{loop, "tcp://127.0.0.1:0", client.factory()};
  std::size_t done = 0;

 private:
  const Listener<Scripted> listener_{loop, "tcp://127.0.0.1:0", server.factory()};
  std::vector<RawSocket> clients_;
  std::vector<Id> crowd_;
};
INSTANTIATE_TEST_SUITE_P(Drivers, CrowdOf200, each_driver(), driver_of);

TEST_P(CrowdOf200, KeepsNobodysInputWaiting) {
  RawSocket good(aside.address());
  ASSERT_TRUE(turn_until(loop, [&] { return client.opened(); }));
  std::optional<std::size_t> done_before_input;
  client.on_data = [&](Connection& /*peer*/, Bytes in) {
    done_before_input = done;
    return in.size();
  };
  keep_all_busy();
  ASSERT_TRUE(turn_until(loop, [&] { return done > 0; }));
  good.send("hello");
  ASSERT_TRUE(turn_until(loop, [&] { return done == count && done_before_input; }));
  EXPECT_LT(*done_before_input, count);
}

TEST_P(CrowdOf200, KeepsNobodysAnswerWaiting) {
  const RawSocket good(aside.address());
  ASSERT_TRUE(turn_until(loop, [&] { return client.opened(); }));
  std::optional<std::size_t> done_before_answer;
  loop.post([&] { keep_all_busy(); });
  loop.post([&] { loop.find(client.last)->when_sent([&](Connection& /*peer*/) { done_before_answer = done; }); });
  ASSERT_TRUE(turn_until(loop, [&] { return done == count && done_before_answer; }));
  EXPECT_LE(*done_before_answer, count / 2) << "16 are in the line of few, and each line has its slices";
}

TEST_P(CrowdOf200, HasEndedWhenARunEndsByADrainsDeadline) {
  loop.post([&] { loop.drain(0ms); });
  loop.run();
  EXPECT_EQ(server.count("close"), count);
  EXPECT_EQ(loop.stats().open, 0U);
}

// Somebody who sends without end, and whom the server hears again and again for a moment.
TEST_P(CrowdOf200, LetsNobodySendMoreThanOneReadBroughtWhileWhatIsKeptIsDue) {
  RawSocket sender(aside.address());
  ASSERT_TRUE(turn_until(loop, [&] { return client.opened(); }));
  auto& connection = *loop.find(client.last);
  client.on_data = [](Connection& peer, Bytes /*in*/) {
    peer.pause();
    return std::size_t{1};
  };
  const std::string some(100'000, 'x');
  std::size_t most_kept = 0;
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(turn_until(loop, [&] {
      sender.send_some(some);
      return connection.paused() && connection.kept() > 0;
    }));
    if (round == 0) most_kept = connection.kept();
    done = 0;
    loop.post([&] {
      keep_all_busy();
      connection.resume();
    });
    ASSERT_TRUE(turn_until(loop, [&] {
      sender.send_some(some);
      EXPECT_LE(connection.kept(), most_kept);
      return done == count;
    }));
  }
}

}  // namespace
}  // namespace eddy::test
