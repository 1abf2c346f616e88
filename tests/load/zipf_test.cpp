#include <gtest/gtest.h>
#include <tools/load/protocols/random.h>
#include <tools/load/protocols/zipf.h>

#include <cmath>
#include <vector>

namespace load {
namespace {

std::vector<double> shares(std::size_t n, double s, std::uint64_t draws) {
  const Zipf zipf(n, s);
  const StreamPattern pattern(1, 0);
  std::vector<double> counts(n);
  for (std::uint64_t i = 0; i < draws; ++i) {
    Random random(pattern, i);
    counts.at(static_cast<std::size_t>(zipf.draw(random))) += 1;
  }
  for (auto& count : counts) count /= static_cast<double>(draws);
  return counts;
}

TEST(Zipf, DrawsEachRankAsOftenAsItsWeightSays) {
  constexpr std::uint64_t draws = 200'000;
  for (const double s : {0.2, 0.99, 1.0, 1.3, 3.0}) {
    constexpr std::size_t n = 20;
    const auto found = shares(n, s, draws);
    double sum = 0;
    for (std::uint64_t k = 1; k <= n; ++k) sum += std::pow(static_cast<double>(k), -s);
    for (std::size_t k = 1; k <= n; ++k) {
      const auto expected = std::pow(static_cast<double>(k), -s) / sum;
      // Five standard deviations; the seed is fixed.
      const auto allowed = 5 * std::sqrt(expected / static_cast<double>(draws));
      EXPECT_NEAR(found[k - 1], expected, allowed) << "s " << s << ", rank " << k;
    }
  }
}

TEST(Zipf, NeverLeavesItsRange) {
  for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 34}) {
    for (const double s : {0.01, 0.99, 10.0}) {
      const Zipf zipf(n, s);
      const StreamPattern pattern(7, 0);
      for (std::uint64_t i = 0; i < 20'000; ++i) {
        Random random(pattern, i);
        ASSERT_LT(zipf.draw(random), n) << "n " << n << ", s " << s;
      }
    }
  }
}

TEST(Zipf, TheSameSeedDrawsTheSame) {
  const Zipf zipf(1000, 0.99);
  const auto sequence = [&](std::uint64_t seed) {
    const StreamPattern pattern(seed, 3);
    std::vector<std::uint64_t> drawn;
    for (std::uint64_t i = 0; i < 100; ++i) {
      Random random(pattern, i);
      drawn.push_back(zipf.draw(random));
    }
    return drawn;
  };
  EXPECT_EQ(sequence(1), sequence(1));
  EXPECT_NE(sequence(1), sequence(2));
}

TEST(Random, StaysBelowItsBoundAndReachesAllOfIt) {
  const StreamPattern pattern(1, 0);
  std::vector<int> counts(7);
  Random random(pattern, 0);
  for (int i = 0; i < 7000; ++i) ++counts.at(static_cast<std::size_t>(random.below(7)));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace load
