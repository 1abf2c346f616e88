#include "histogram.h"

namespace load {

std::uint64_t Histogram::upper_end(std::size_t bucket) {
  if (bucket < 2 * half) return bucket;
  const auto shift = bucket / half - 1;
  return (std::uint64_t{bucket - shift * half + 1} << shift) - 1;
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_low_ += other.sum_low_;
  sum_high_ += other.sum_high_ + (sum_low_ < other.sum_low_ ? 1 : 0);
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

eddy::Duration Histogram::mean() const { return mean_of(sum_high_, sum_low_, count_); }

eddy::Duration Histogram::percentile(double percent) const {
  if (count_ == 0) return eddy::Duration::zero();
  const auto rank = nearest_rank(percent, count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return eddy::Duration(std::min(upper_end(bucket), max_));
  }
  return max();
}

SparseHistogram Histogram::sparse() const {
  SparseHistogram copy;
  if (count_ == 0) return copy;
  const auto first = buckets_.begin() + static_cast<std::ptrdiff_t>(bucket_of(min_));
  const auto end = buckets_.begin() + static_cast<std::ptrdiff_t>(bucket_of(max_)) + 1;
  copy.buckets.reserve(static_cast<std::size_t>((end - first) - std::count(first, end, 0U)));
  for (auto at = first; at != end; ++at) {
    if (*at > 0) copy.buckets.push_back({upper_end(static_cast<std::size_t>(at - buckets_.begin())), *at});
  }
  copy.count = count_;
  copy.sum_low = sum_low_;
  copy.sum_high = sum_high_;
  copy.min = min_;
  copy.max = max_;
  return copy;
}

void Histogram::add(const SparseHistogram& other) {
  if (other.count == 0) return;
  for (const auto& bucket : other.buckets) buckets_[bucket_of(bucket.upper_end)] += bucket.count;
  count_ += other.count;
  sum_low_ += other.sum_low;
  sum_high_ += other.sum_high + (sum_low_ < other.sum_low ? 1 : 0);
  min_ = std::min(min_, other.min);
  max_ = std::max(max_, other.max);
}

void Histogram::clear() {
  if (count_ == 0) return;
  std::fill(buckets_.begin() + static_cast<std::ptrdiff_t>(bucket_of(min_)),
            buckets_.begin() + static_cast<std::ptrdiff_t>(bucket_of(max_)) + 1, 0);
  count_ = sum_low_ = sum_high_ = max_ = 0;
  min_ = std::numeric_limits<std::uint64_t>::max();
}

}  // namespace load
