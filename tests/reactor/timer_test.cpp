// Contract 8: time is monotonic; timers are never early.
#include <gtest/gtest.h>
#include <reactor/timer.h>

#include <deque>
#include <memory>
#include <thread>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Timers : public OnDriver {
 protected:
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Timers, each_driver(), driver_of);

TEST_P(Timers, AreNeverEarly) {
  std::deque<Timer> timers;
  int left = 0;
  for (int i = 0; i < 200; ++i) {
    const auto due = loop.clock() + std::chrono::microseconds(i * 137);
    timers.emplace_back(loop, [this, due, &left] {
      EXPECT_GE(loop.clock(), due);
      --left;
    });
    timers.back().start_at(due);
    ++left;
  }
  ASSERT_TRUE(turn_until(loop, [&] { return left == 0; }));
}

TEST_P(Timers, DelayCountsFromTheCallHoweverLongTheTurnHasLasted) {
  bool called = false;
  TimePoint started{};
  Timer timer(loop, [&] {
    called = true;
    EXPECT_GE(loop.clock() - started, 20ms);
  });
  loop.post([&] {
    std::this_thread::sleep_for(30ms);  // a callback that takes long
    started = loop.clock();
    timer.start(20ms);
  });
  ASSERT_TRUE(turn_until(loop, [&] { return called; }));
}

TEST_P(Timers, RestartMovesTheCall) {
  int calls = 0;
  Timer timer(loop, [&] { ++calls; });
  timer.start(1ms);
  timer.start(1h);
  EXPECT_GT(timer.deadline(), loop.clock() + 59min);
  turn_for(loop, 5ms);
  EXPECT_EQ(calls, 0);
  timer.start(1ms);
  ASSERT_TRUE(turn_until(loop, [&] { return calls == 1; }));
  EXPECT_FALSE(timer.running());
  EXPECT_EQ(timer.deadline(), never);
}

TEST_P(Timers, CancelledOrDestroyedOnesDoNotCall) {
  int calls = 0;
  Timer cancelled(loop, [&] { ++calls; });
  cancelled.start(1ms);
  cancelled.cancel();
  cancelled.cancel();
  {
    Timer destroyed(loop, [&] { ++calls; });
    destroyed.start(1ms);
  }
  turn_for(loop, 5ms);
  EXPECT_EQ(calls, 0);
}

TEST_P(Timers, MayCancelOrDestroyEachOtherWhenBothAreDue) {
  int calls = 0;
  std::unique_ptr<Timer> first;
  std::unique_ptr<Timer> second;
  first = std::make_unique<Timer>(loop, [&] {
    ++calls;
    second.reset();
  });
  second = std::make_unique<Timer>(loop, [&] {
    ++calls;
    first.reset();
  });
  first->start(0ns);
  second->start(0ns);
  turn_for(loop, 2ms);
  EXPECT_EQ(calls, 1);
}

TEST_P(Timers, MayDestroyItselfInItsCallback) {
  std::unique_ptr<Timer> timer;
  const auto kept = std::make_shared<int>(7);
  int seen = 0;
  timer = std::make_unique<Timer>(loop, [&, kept] {
    timer.reset();
    seen = *kept;  // what the callback holds is still there
  });
  timer->start_every(1ms);
  ASSERT_TRUE(turn_until(loop, [&] { return seen == 7; }));
  EXPECT_EQ(kept.use_count(), 1);
}

TEST_P(Timers, MayRestartItselfInItsCallback) {
  int calls = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&] {
    if (++calls < 5) timer->start(Duration::zero());
  });
  timer->start(Duration::zero());
  ASSERT_TRUE(turn_until(loop, [&] { return calls == 5; }));
  EXPECT_FALSE(timer->running());
}

TEST_P(Timers, ThatRestartsWithNoDelayDoesNotHoldTheLoop) {
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&] { timer->start(Duration::zero()); });
  timer->start(Duration::zero());
  int tasks = 0;
  for (int i = 0; i < 10; ++i) {
    loop.post([&] { ++tasks; });
    loop.run_once(loop.now());
  }
  EXPECT_EQ(tasks, 10);
}

TEST_P(Timers, PeriodicStaysOnTheGridAndSkipsWhatItMissed) {
  int calls = 0;
  std::unique_ptr<Timer> timer;
  TimePoint first{};
  timer = std::make_unique<Timer>(loop, [&] {
    ++calls;
    EXPECT_EQ((timer->deadline() - first) % 10ms, 0ns) << "off the grid";
    EXPECT_GT(timer->deadline(), loop.now());
    if (calls == 1) std::this_thread::sleep_for(35ms);  // the callback that misses periods
  });
  timer->start_every(10ms);
  first = timer->deadline();
  ASSERT_TRUE(turn_until(loop, [&] { return calls == 2; }));
  EXPECT_GE(timer->missed(), 2U);
  EXPECT_EQ(timer->missed(), static_cast<std::uint64_t>((timer->deadline() - first) / 10ms) - 2)
      << "each grid point was called or counted as missed";
  timer->cancel();
  turn_for(loop, 25ms);
  EXPECT_EQ(calls, 2);
}

TEST_P(Timers, UnlimitedDelayNeverComes) {
  int calls = 0;
  Timer timer(loop, [&] { ++calls; });
  timer.start(unlimited);
  EXPECT_EQ(timer.deadline(), never);
  turn_for(loop, 3ms);
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(timer.running());
}

// A loop that has stood still before run() must not take its old idea of the time for now.
TEST_P(Timers, StartedBeforeRunAreNotLateByTheTimeBeforeIt) {
  std::this_thread::sleep_for(1s);
  Timer timer(loop, [this] { loop.stop(); });
  const auto began = loop.clock();
  timer.start(10ms);
  loop.run();
  EXPECT_LT(loop.clock() - began, 900ms);
}

}  // namespace
}  // namespace eddy::test
