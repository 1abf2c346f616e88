#include <gtest/gtest.h>
#include <reactor/loop.h>
#include <tests/support/loop_until.h>
#include <tools/load/pacer.h>
#include <tools/load/schedule.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace load {
namespace {

using namespace std::chrono_literals;
using eddy::TimePoint;

TEST(Schedule, MessagesAreDueAtMultiplesOfTheInterval) {
  const TimePoint start{1h};
  const Schedule schedule(start, 1000, 7, 10s);
  EXPECT_EQ(schedule.total(), 10000U);
  for (const std::uint64_t k : {0U, 1U, 2U, 9999U}) EXPECT_EQ(schedule.due(k), start + k * 1ms);
}

TEST(Schedule, DoesNotDriftOverManyMessages) {
  const Schedule schedule(TimePoint{}, 3, 1, 24h);
  EXPECT_LE(schedule.due(3 * 86400) - TimePoint{24h}, 1us);
  EXPECT_GE(schedule.due(3 * 86400), TimePoint{24h} - 1us);
}

TEST(Schedule, ConnectionsTakeTurnsAndAreStaggered) {
  const Schedule schedule(TimePoint{}, 10, 4, 1s);
  for (std::uint64_t k = 0; k < schedule.total(); ++k) EXPECT_EQ(schedule.connection(k), k % 4);
  for (std::uint64_t k = 1; k < schedule.total(); ++k) EXPECT_GT(schedule.due(k), schedule.due(k - 1));
}

TEST(Schedule, CountsWhatIsDueByAnInstant) {
  const TimePoint start{1h};
  for (const double rate : {0.3, 3.0, 1000.0, 7e6}) {
    const Schedule schedule(start, rate, 2, 20s);
    EXPECT_EQ(schedule.due_by(start - 1ns), 0U);
    EXPECT_EQ(schedule.due_by(start + 20s), schedule.total());
    EXPECT_EQ(schedule.due_by(TimePoint::max()), schedule.total());
    for (std::uint64_t k = 0; k < std::min<std::uint64_t>(schedule.total(), 1000); ++k) {
      ASSERT_EQ(schedule.due_by(schedule.due(k)), k + 1);
      ASSERT_EQ(schedule.due_by(schedule.due(k) - 1ns), k);
    }
  }
}

TEST(Schedule, HoldsWhatIsDueBeforeTheDurationIsOver) {
  EXPECT_EQ(Schedule(TimePoint{}, 30, 1, 100ms).total(), 3U);
  EXPECT_EQ(Schedule(TimePoint{}, 0.1, 1, 1s).total(), 1U);
  EXPECT_EQ(Schedule(TimePoint{}, 0.1, 1, 10s).total(), 1U);
  EXPECT_EQ(Schedule(TimePoint{}, 0.1, 1, 11s).total(), 2U);
}

struct Sent {
  std::uint64_t message;
  TimePoint due;
  TimePoint now;
};

struct Paced {
  explicit Paced(double rate, eddy::Duration duration, eddy::Duration first_in = 0ms)
      : schedule(loop.clock() + first_in, rate, 3, duration),
        pacer(
            loop, schedule,
            [this](std::uint64_t message, TimePoint due, TimePoint now) {
              sent.push_back({message, due, now});
            },
            [this] { ++done; }) {}

  eddy::Loop loop;
  Schedule schedule;
  std::vector<Sent> sent;
  int done = 0;
  Pacer pacer;
};

TEST(Pacer, SendsEveryMessageOnceInOrderAndNeverEarly) {
  Paced paced(2000, 100ms, 5ms);
  ASSERT_TRUE(eddy::test::turn_until(paced.loop, [&] { return paced.done > 0; }));
  ASSERT_EQ(paced.sent.size(), 200U);
  for (std::size_t k = 0; k < paced.sent.size(); ++k) {
    EXPECT_EQ(paced.sent[k].message, k);
    EXPECT_EQ(paced.sent[k].due, paced.schedule.due(k));
    EXPECT_GE(paced.sent[k].now, paced.sent[k].due);
  }
  EXPECT_EQ(paced.done, 1);
}

TEST(Pacer, AfterAStallCatchesUpAndKeepsThePlannedInstants) {
  // The whole schedule lies in the past: the loop was "busy" all along.
  Paced paced(100000, 100ms, -200ms);
  ASSERT_TRUE(eddy::test::turn_until(paced.loop, [&] { return paced.done > 0; }));
  ASSERT_EQ(paced.sent.size(), 10000U);
  for (std::size_t k = 0; k < paced.sent.size(); ++k) ASSERT_EQ(paced.sent[k].due, paced.schedule.due(k));
  EXPECT_GE(paced.sent.front().now - paced.sent.front().due, 200ms);
}

TEST(Pacer, WhileItCatchesUpTheLoopStillTurns) {
  Paced paced(1e6, 1s, -2s);
  bool turned = false;
  std::size_t sent_before = 0;
  eddy::Timer other(paced.loop, [&] {
    turned = true;
    sent_before = paced.sent.size();
  });
  other.start(0ms);
  ASSERT_TRUE(eddy::test::turn_until(paced.loop, [&] { return paced.done > 0 && turned; }));
  EXPECT_LT(sent_before, paced.sent.size());
}

TEST(Pacer, SendsNothingAfterStop) {
  Paced paced(1000, 10s);
  ASSERT_TRUE(eddy::test::turn_until(paced.loop, [&] { return paced.sent.size() >= 3; }));
  paced.pacer.stop();
  const auto before = paced.sent.size();
  eddy::test::turn_for(paced.loop, 20ms);
  EXPECT_EQ(paced.sent.size(), before);
  EXPECT_EQ(paced.done, 0);
}

}  // namespace
}  // namespace load
