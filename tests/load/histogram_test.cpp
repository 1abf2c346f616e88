#include <gtest/gtest.h>
#include <tools/load/histogram.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace load {
namespace {

using Values = std::vector<std::int64_t>;

Histogram histogram_of(const Values& values) {
  Histogram histogram;
  for (const auto value : values) histogram.record(eddy::Duration(value));
  return histogram;
}

// As many values on every scale from 1 ns to three hours.
Values spread_values(std::size_t count, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(0, std::log(10800e9));
  Values values(count);
  for (auto& value : values) value = static_cast<std::int64_t>(std::exp(exponent(random)));
  return values;
}

// In thousandths of a per cent, so that the rank is exact.
std::int64_t nearest_rank(const Values& sorted, std::uint64_t thousandths) {
  const auto rank = std::max<std::uint64_t>((thousandths * sorted.size() + 99999) / 100000, 1);
  return sorted[static_cast<std::size_t>(rank - 1)];
}

TEST(Histogram, PercentilesAreTheExactOnesOrLessThanAThousandthAbove) {
  for (const std::size_t count : {1U, 2U, 3U, 10U, 999U, 1000U, 100000U}) {
    auto values = spread_values(count, static_cast<std::uint32_t>(count));
    const auto histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    for (const std::uint64_t thousandths : {0U, 1U, 1000U, 25000U, 50000U, 90000U, 99000U, 99900U, 99990U, 100000U}) {
      const auto exact = nearest_rank(values, thousandths);
      const auto got = histogram.percentile(static_cast<double>(thousandths) / 1000).count();
      EXPECT_GE(got, exact) << count << " values, " << thousandths;
      EXPECT_LE(static_cast<double>(got), static_cast<double>(exact) * (1 + 1.0 / 1024))
          << count << " values, " << thousandths;
    }
  }
}

TEST(Histogram, EveryValueOfItsRangeKeepsTheErrorBound) {
  for (int bit = 0; bit < 63; ++bit) {
    for (const std::int64_t offset : {-1, 0, 1}) {
      const auto value = std::max<std::int64_t>((std::int64_t{1} << bit) + offset, 0);
      Histogram histogram;
      histogram.record(eddy::Duration(value));
      histogram.record(eddy::Duration::max());  // so that the maximum does not cap the bucket
      const auto got = histogram.percentile(50).count();
      EXPECT_GE(got, value);
      EXPECT_LE(static_cast<double>(got - value), static_cast<double>(value) / 1024) << value;
    }
  }
}

// Also on 32-bit machines, where a bucket's number has too few bits for the value.
TEST(Histogram, TenSecondsAndTwoHoursAreReported) {
  for (const eddy::Duration value : {eddy::Duration(std::chrono::seconds(10)), eddy::Duration(std::chrono::hours(2))}) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(eddy::Duration::max());
    EXPECT_GE(histogram.percentile(50), value);
    EXPECT_LE(histogram.percentile(50), value + value / 1024);
  }
}

TEST(Histogram, ValuesBelowTwoMicrosecondsAreExact) {
  Histogram histogram;
  for (std::int64_t value = 0; value < 2048; ++value) histogram.record(eddy::Duration(value));
  for (int rank = 1; rank <= 2048; ++rank) {
    EXPECT_EQ(histogram.percentile(100.0 * rank / 2048).count(), rank - 1);
  }
}

TEST(Histogram, NoPercentileLiesAboveTheMaximum) {
  const auto histogram = histogram_of({1000001, 1000001, 1000003});
  EXPECT_EQ(histogram.percentile(50).count(), 1000003);
  EXPECT_EQ(histogram.percentile(100).count(), 1000003);
  EXPECT_EQ(histogram.max().count(), 1000003);
}

TEST(Histogram, CountMinimumMaximumAndMeanAreExact) {
  const auto values = spread_values(10000, 7);
  const auto histogram = histogram_of(values);
  long double sum = 0;
  for (const auto value : values) sum += static_cast<long double>(value);
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.min().count(), *std::min_element(values.begin(), values.end()));
  EXPECT_EQ(histogram.max().count(), *std::max_element(values.begin(), values.end()));
  EXPECT_EQ(histogram.mean().count(), std::llround(sum / static_cast<long double>(values.size())));
}

TEST(Histogram, MeanSurvivesASumOfMoreThan64Bits) {
  Histogram histogram;
  for (int i = 0; i < 10; ++i) histogram.record(eddy::Duration::max());
  Histogram merged;
  merged.merge(histogram);
  merged.merge(histogram);
  const auto error = std::abs(static_cast<long double>(merged.mean().count() - eddy::Duration::max().count()));
  EXPECT_LE(error, 1024.0L);
}

TEST(Histogram, MergingEqualsRecordingEverythingInOne) {
  const auto values = spread_values(20000, 3);
  Histogram merged;
  for (std::size_t start = 0; start < values.size(); start += 3333) {
    const auto end = std::min(start + 3333, values.size());
    merged.merge(histogram_of(
        {values.begin() + static_cast<std::ptrdiff_t>(start), values.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  merged.merge(Histogram());
  EXPECT_EQ(merged, histogram_of(values));
}

TEST(Histogram, AnEmptyOneAnswersZeros) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min().count(), 0);
  EXPECT_EQ(histogram.max().count(), 0);
  EXPECT_EQ(histogram.mean().count(), 0);
  EXPECT_EQ(histogram.percentile(99).count(), 0);
}

TEST(Histogram, ANegativeDurationCountsAsZero) {
  const auto histogram = histogram_of({-5});
  EXPECT_EQ(histogram.max().count(), 0);
  EXPECT_EQ(histogram.count(), 1U);
}

}  // namespace
}  // namespace load
