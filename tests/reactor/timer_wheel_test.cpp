// The wheel against a plain model, on a clock of the test's own.
#include <gtest/gtest.h>
#include <reactor/timer_wheel.h>

#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <vector>

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration tick{1 << 16};

struct Node final : TimerNode {
  explicit Node(int with_number, std::vector<int>& into) : number(with_number), called(into) {}
  int number;
  std::vector<int>& called;

 private:
  void expired(TimePoint now) override {
    EXPECT_GE(now, when()) << "timer " << number << " is early";
    called.push_back(number);
  }
};

TEST(TimerWheel, CallsWhatIsDueNeverEarlyAndAtMostOneTickLate) {
  const TimePoint start{1234567ns};
  TimerWheel wheel(start);
  std::vector<int> called;
  Node node(1, called);
  wheel.insert(node, start + 1ms);
  wheel.advance(start + 1ms - 1ns);
  EXPECT_TRUE(called.empty());
  wheel.advance(start + 1ms + tick);
  EXPECT_EQ(called, std::vector<int>{1});
  EXPECT_FALSE(node.linked());
  EXPECT_EQ(wheel.next(), never);
}

TEST(TimerWheel, NextLeadsToTheDeadlineInAFewSteps) {
  for (const Duration ahead : {Duration(1), Duration(1ms), Duration(1s), Duration(1h), Duration(24h * 365 * 50)}) {
    const TimePoint start{99s};
    TimerWheel wheel(start);
    std::vector<int> called;
    Node node(1, called);
    wheel.insert(node, start + ahead);
    // As a loop does: sleeps until next(), advances.
    for (int steps = 0; called.empty(); ++steps) {
      ASSERT_LT(steps, 9) << ahead.count() << " ns ahead: at most one step for each level";
      const auto next = wheel.next();
      ASSERT_LE(next, start + ahead + tick);
      wheel.advance(next);
    }
  }
}

TEST(TimerWheel, DeadlinesInThePastAndBeyondTheEndOfTimeAreTaken) {
  const TimePoint start{1h};
  TimerWheel wheel(start);
  std::vector<int> called;
  Node past(1, called);
  Node latest(2, called);
  wheel.insert(past, TimePoint::min());
  wheel.insert(latest, never);
  wheel.advance(start);
  EXPECT_EQ(called, std::vector<int>{1});
  EXPECT_TRUE(latest.linked());
  wheel.advance(start + 24h * 365);
  EXPECT_TRUE(latest.linked());
  wheel.remove(latest);
  EXPECT_EQ(wheel.size(), 0U);
}

// Inserts, moves, removes and lets time pass at random, and compares with a map that is sorted by deadline.
TEST(TimerWheel, BehavesLikeASortedMap) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20; ++round) {
    TimePoint now{Duration(static_cast<std::int64_t>(random() % 1000000000))};
    TimerWheel wheel(now);
    std::vector<int> called;
    std::deque<Node> nodes;
    for (int i = 0; i < 200; ++i) nodes.emplace_back(i, called);
    std::map<int, TimePoint> model;
    const auto some_time = [&] {
      // From nanoseconds to days, evenly over the powers of two.
      return Duration(static_cast<std::int64_t>(random() >> (16 + random() % 48)));
    };
    for (int step = 0; step < 3000; ++step) {
      const auto number = static_cast<int>(random() % nodes.size());
      auto& node = nodes[static_cast<std::size_t>(number)];
      switch (random() % 4) {
        case 0:
        case 1: {
          const auto when = now + some_time();
          wheel.insert(node, when);
          model[number] = when;
          break;
        }
        case 2:
          wheel.remove(node);
          model.erase(number);
          break;
        default: {
          now += some_time();
          called.clear();
          wheel.advance(now);
          for (const auto which : called) {
            ASSERT_TRUE(model.contains(which)) << "called but not running";
            ASSERT_LE(model[which], now);
            model.erase(which);
          }
          for (const auto& [which, when] : model) ASSERT_GT(when + tick, now) << which << " is late";
        }
      }
      ASSERT_EQ(wheel.size(), model.size());
      TimePoint earliest = never;
      for (const auto& [which, when] : model) earliest = std::min(earliest, when);
      if (model.empty()) {
        ASSERT_EQ(wheel.next(), never);
      } else {
        ASSERT_LE(wheel.next(), earliest + tick);
      }
    }
    for (auto& node : nodes) wheel.remove(node);
  }
}

TEST(TimerWheel, AMillionTimersStartMoveAndEnd) {
  const TimePoint start{};
  TimerWheel wheel(start);
  std::vector<int> called;
  std::deque<Node> nodes;
  std::mt19937 random(3);
  for (int i = 0; i < 1'000'000; ++i) {
    wheel.insert(nodes.emplace_back(i, called), start + std::chrono::microseconds(random() % 60'000'000));
  }
  for (auto& node : nodes) wheel.insert(node, node.when() + 30s);
  for (std::size_t i = 0; i < nodes.size(); i += 2) wheel.remove(nodes[i]);
  EXPECT_EQ(wheel.size(), 500'000U);
  wheel.advance(start + 30s);
  EXPECT_TRUE(called.empty());
  for (auto now = start; now < start + 91s; now += 100ms) wheel.advance(now);
  EXPECT_EQ(called.size(), 500'000U);
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(TimerWheel, NodeInsertedWhileOthersAreCalledWaitsForTheNextAdvance) {
  struct Again final : TimerNode {
    explicit Again(TimerWheel& in) : wheel(in) {}
    TimerWheel& wheel;
    int calls = 0;

   private:
    void expired(TimePoint now) override {
      ++calls;
      wheel.insert(*this, now);
    }
  };
  TimerWheel wheel(TimePoint{});
  Again again(wheel);
  wheel.insert(again, TimePoint{});
  wheel.advance(TimePoint{1ms});
  EXPECT_EQ(again.calls, 1);
  EXPECT_LE(wheel.next(), TimePoint{1ms + tick}) << "due in the next tick";
  wheel.advance(TimePoint{1ms + tick});
  EXPECT_EQ(again.calls, 2);
  wheel.remove(again);
}

}  // namespace
}  // namespace eddy::test
