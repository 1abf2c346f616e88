#include <tools/load/rate_search.h>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace load::test {
namespace {

using namespace std::chrono_literals;

std::string complaint_of_goal(std::string_view text) {
  try {
    parse_goal(text);
    return "none";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(SearchGoalTest, IsAFigureAndALimit) {
  const auto goal = parse_goal("p99.9<2ms");
  EXPECT_EQ(goal.figure, "p99.9");
  EXPECT_EQ(goal.limit, 2ms);
  for (const auto* bad : {"", "p99", "p98<2ms", "p99>2ms", "p99<", "p99<0", "p99<two"}) {
    EXPECT_NE(complaint_of_goal(bad), "none") << bad;
  }
}

TEST(StaircaseTest, IsThreeRates) {
  const auto stairs = parse_staircase("1000:5000:500");
  EXPECT_EQ(stairs.from, 1000);
  EXPECT_EQ(stairs.to, 5000);
  EXPECT_EQ(stairs.step, 500);
  for (const auto* bad : {"", "1000", "1000:5000", "5000:1000:500", "1000:5000:0", "1:1e9:0.1", "a:b:c"}) {
    EXPECT_THROW(parse_staircase(bad), std::invalid_argument) << bad;
  }
}

// A server that holds up to `capacity`.
Found search_for(double capacity, double first, std::vector<double>* tried = nullptr, double most = 1e9) {
  return search(first, most, [=](double rate) {
    if (tried != nullptr) tried->push_back(rate);
    return Trial{.failed = rate > capacity ? "too slow" : ""};
  });
}

TEST(RateSearch, FindsACapacityWithinTwoPercentFromEitherSide) {
  for (const double capacity : {0.3, 777.0, 1000.0, 123'456.0}) {
    for (const double first : {1.0, 1000.0, 1e6}) {
      const auto found = search_for(capacity, first);
      ASSERT_TRUE(found.rate.has_value()) << capacity << " from " << first;
      EXPECT_LE(*found.rate, capacity);
      EXPECT_GE(*found.rate, capacity / 1.02);
      EXPECT_GT(*found.too_high, capacity);
    }
  }
}

TEST(RateSearch, RunsWhatItFoundTwiceMore) {
  std::vector<double> tried;
  const auto found = search_for(5000, 1000, &tried);
  ASSERT_GE(tried.size(), 3U);
  EXPECT_EQ(tried[tried.size() - 1], *found.rate);
  EXPECT_EQ(tried[tried.size() - 2], *found.rate);
}

TEST(RateSearch, GoesOnBelowWhatHeldOnlyOnce) {
  std::vector<double> tried;
  double lucky = 0;
  const auto found = search(1000, 1e9, [&](double rate) {
    tried.push_back(rate);
    if (rate > 1600) return Trial{.failed = "too slow"};
    // Between the capacity of 1500 and 1600 each rate holds the first time alone.
    const bool again = rate == lucky;
    lucky = rate;
    return Trial{.failed = rate > 1500 && again ? "too slow" : ""};
  });
  ASSERT_TRUE(found.rate.has_value());
  EXPECT_LE(*found.rate, 1500);
  EXPECT_GE(*found.rate, 1400);
}

TEST(RateSearch, FindsNothingWhereNothingHolds) {
  const auto found = search_for(0.01, 1000);
  EXPECT_FALSE(found.rate.has_value());
  EXPECT_FALSE(found.interrupted);
}

TEST(RateSearch, TriesNothingAboveTheMost) {
  std::vector<double> tried;
  const auto found = search_for(1e12, 1000, &tried, 10'000);
  EXPECT_EQ(*found.rate, 10'000);
  EXPECT_FALSE(found.too_high.has_value());
  for (const double rate : tried) EXPECT_LE(rate, 10'000);
}

TEST(RateSearch, EndsWhenInterrupted) {
  int trials = 0;
  const auto found = search(1000, 1e9, [&](double /*rate*/) {
    return Trial{.failed = ++trials == 3 ? "interrupted" : "", .interrupted = trials == 3};
  });
  EXPECT_TRUE(found.interrupted);
  EXPECT_EQ(trials, 3);
  EXPECT_FALSE(found.rate.has_value());
}

}  // namespace
}  // namespace load::test
