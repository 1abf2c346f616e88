#include "sparse_histogram.h"

#include <algorithm>
#include <cmath>

namespace load {

std::uint64_t nearest_rank(double percent, std::uint64_t count) {
  // 99.9 % of 1000 is the 999th, although 99.9 in binary is a little more than 99.9.
  const auto exact = static_cast<long double>(percent) / 100 * static_cast<long double>(count);
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(std::ceil(exact - 1e-6L), 1.0L)), 1, count);
}

eddy::Duration mean_of(std::uint64_t sum_high, std::uint64_t sum_low, std::uint64_t count) {
  if (count == 0) return eddy::Duration::zero();
  const auto sum = std::ldexp(static_cast<long double>(sum_high), 64) + static_cast<long double>(sum_low);
  return eddy::Duration(static_cast<eddy::Duration::rep>(std::llround(sum / static_cast<long double>(count))));
}

void SparseHistogram::merge(const SparseHistogram& other) {
  if (other.count == 0) return;
  std::vector<Bucket> merged;
  merged.reserve(buckets.size() + other.buckets.size());
  auto mine = buckets.begin();
  for (const auto& theirs : other.buckets) {
    while (mine != buckets.end() && mine->upper_end < theirs.upper_end) merged.push_back(*mine++);
    merged.push_back(theirs);
    if (mine != buckets.end() && mine->upper_end == theirs.upper_end) merged.back().count += mine++->count;
  }
  merged.insert(merged.end(), mine, buckets.end());
  buckets.swap(merged);
  min = count == 0 ? other.min : std::min(min, other.min);
  max = std::max(max, other.max);
  count += other.count;
  sum_low += other.sum_low;
  sum_high += other.sum_high + (sum_low < other.sum_low ? 1 : 0);
}

eddy::Duration SparseHistogram::mean() const { return mean_of(sum_high, sum_low, count); }

eddy::Duration SparseHistogram::percentile(double percent) const {
  if (count == 0) return eddy::Duration::zero();
  const auto rank = nearest_rank(percent, count);
  std::uint64_t seen = 0;
  for (const auto& bucket : buckets) {
    seen += bucket.count;
    if (seen >= rank) return eddy::Duration(std::min(bucket.upper_end, max));
  }
  return eddy::Duration(max);
}

}  // namespace load
