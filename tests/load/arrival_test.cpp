#include <gtest/gtest.h>
#include <tools/load/arrival.h>
#include <tools/load/schedule.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace load {
namespace {

using namespace std::chrono_literals;
using eddy::TimePoint;

std::vector<TimePoint> all_due(const Schedule& schedule) {
  std::vector<TimePoint> due;
  for (std::uint64_t k = 0; k < schedule.total(); ++k) due.push_back(schedule.due(k));
  return due;
}

TEST(Arrival, IsReadAndWrittenTheSameWay) {
  for (const auto* text : {"fixed", "poisson", "burst:1", "burst:1000000"}) {
    EXPECT_EQ(to_string(parse_arrival(text)), text);
  }
  for (const auto* text : {"", "burst", "burst:", "burst:0", "burst:-1", "burst:1000001", "Poisson", "fixed:2"}) {
    EXPECT_THROW(parse_arrival(text), std::invalid_argument) << text;
  }
}

TEST(Arrival, OfABurstAllAreDueWithItsFirst) {
  const Schedule schedule(TimePoint{1h}, 1000, 4, 1s, {Arrival::Kind::burst, 50});
  EXPECT_EQ(schedule.total(), 1000U);
  for (std::uint64_t k = 0; k < 1000; ++k) ASSERT_EQ(schedule.due(k), TimePoint{1h} + (k / 50) * 50ms);
  EXPECT_EQ(schedule.due_by(TimePoint{1h}), 50U);
  EXPECT_EQ(schedule.due_by(TimePoint{1h} + 50ms - 1ns), 50U);
  EXPECT_EQ(schedule.due_by(TimePoint{1h} + 50ms), 100U);
}

TEST(Arrival, PoissonIsGivenByTheSeedAlone) {
  const Schedule first(TimePoint{}, 1000, 4, 2s, {Arrival::Kind::poisson}, 7);
  const Schedule again(TimePoint{}, 1000, 9, 2s, {Arrival::Kind::poisson}, 7);
  const Schedule other(TimePoint{}, 1000, 4, 2s, {Arrival::Kind::poisson}, 8);
  EXPECT_EQ(all_due(first), all_due(again));
  EXPECT_NE(all_due(first), all_due(other));
  // In any order, too.
  const auto late = first.due(1500);
  const auto early = first.due(10);
  EXPECT_EQ(early, again.due(10));
  EXPECT_EQ(late, again.due(1500));
}

TEST(Arrival, PoissonGapsHaveTheMeanAndTheSpreadOfTheExponential) {
  const Schedule schedule(TimePoint{}, 1000, 1, 100s, {Arrival::Kind::poisson});
  const auto due = all_due(schedule);
  // 100,000 expected; six standard deviations are 6 * sqrt(100,000).
  EXPECT_NEAR(static_cast<double>(due.size()), 100'000, 1'900);
  EXPECT_TRUE(std::is_sorted(due.begin(), due.end()));
  EXPECT_LT(due.back(), TimePoint{100s});
  int longer_than_mean = 0;
  for (std::size_t k = 1; k < due.size(); ++k) longer_than_mean += due[k] - due[k - 1] > 1ms ? 1 : 0;
  EXPECT_NEAR(longer_than_mean / static_cast<double>(due.size()), 0.3679, 0.01);  // 1/e
}

TEST(Arrival, SharesOfAScheduleAreTogetherExactlyTheWhole) {
  for (const Arrival arrival : {Arrival{}, Arrival{Arrival::Kind::poisson, 1}, Arrival{Arrival::Kind::burst, 7}}) {
    auto whole = all_due(Schedule(TimePoint{}, 500, 5, 1s, arrival, 3));
    std::vector<TimePoint> together;
    for (std::size_t index = 0; index < 3; ++index) {
      const auto part = all_due(Schedule(TimePoint{}, 500, 5, 1s, arrival, 3, {index, 3}));
      together.insert(together.end(), part.begin(), part.end());
    }
    std::sort(together.begin(), together.end());
    EXPECT_EQ(together, whole) << to_string(arrival);
  }
}

TEST(Arrival, CountsWhatIsDueByAnInstantForEveryKindAndShare) {
  for (const Arrival arrival : {Arrival{}, Arrival{Arrival::Kind::poisson, 1}, Arrival{Arrival::Kind::burst, 7}}) {
    const Schedule schedule(TimePoint{1h}, 3000, 5, 1s, arrival, 3, {1, 2});
    for (const auto now : {TimePoint{1h} - 1ns, TimePoint{1h}, TimePoint{1h} + 333ms, TimePoint{2h}}) {
      std::uint64_t due = 0;
      while (due < schedule.total() && schedule.due(due) <= now) ++due;
      EXPECT_EQ(schedule.due_by(now), due) << to_string(arrival);
    }
  }
}

}  // namespace
}  // namespace load
