#include "loop_lag.h"

#include <cmath>
#include <numeric>

namespace load {

LoopLag::LoopLag(const eddy::LagHistogram& before, const eddy::LagHistogram& after) {
  for (std::size_t i = 0; i < turns_.size(); ++i) turns_[i] = after.buckets()[i] - before.buckets()[i];
}

void LoopLag::merge(const LoopLag& other) {
  for (std::size_t i = 0; i < turns_.size(); ++i) turns_[i] += other.turns_[i];
}

eddy::Duration LoopLag::percentile(double percent) const {
  const auto count = std::accumulate(turns_.begin(), turns_.end(), std::uint64_t{0});
  if (count == 0) return eddy::Duration::zero();
  const auto rank = std::ceil(percent / 100 * static_cast<double>(count));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    seen += turns_[i];
    if (static_cast<double>(seen) >= rank)
      return eddy::Duration(i == 0 ? 0 : (std::int64_t{1} << (i < 63 ? i : 62)) - 1);
  }
  return eddy::Duration::max();
}

}  // namespace load
