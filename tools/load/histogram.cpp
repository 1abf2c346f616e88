#include "histogram.h"

#include <cmath>

namespace load {

std::uint64_t Histogram::upper_end(std::size_t bucket) {
  if (bucket < 2 * half) return bucket;
  const auto shift = bucket / half - 1;
  return ((bucket - shift * half + 1) << shift) - 1;
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_low_ += other.sum_low_;
  sum_high_ += other.sum_high_ + (sum_low_ < other.sum_low_ ? 1 : 0);
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

eddy::Duration Histogram::mean() const {
  if (count_ == 0) return eddy::Duration::zero();
  const auto sum = std::ldexp(static_cast<long double>(sum_high_), 64) + static_cast<long double>(sum_low_);
  return eddy::Duration(static_cast<eddy::Duration::rep>(std::llround(sum / static_cast<long double>(count_))));
}

eddy::Duration Histogram::percentile(double percent) const {
  if (count_ == 0) return eddy::Duration::zero();
  // 99.9 % of 1000 is the 999th, although 99.9 in binary is a little more than 99.9.
  const auto exact = static_cast<long double>(percent) / 100 * static_cast<long double>(count_);
  const auto rank =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(std::ceil(exact - 1e-6L), 1.0L)), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return eddy::Duration(std::min(upper_end(bucket), max_));
  }
  return max();
}

}  // namespace load
