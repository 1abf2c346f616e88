// Histogram: durations from 1 ns up, to three significant digits, in constant memory.
//
// Log-linear: values below 2048 ns have a bucket each; every further power of two is cut into 1024 buckets of equal
// width. A bucket is narrower than 1/1024 of any value in it, so a percentile, which is reported as the upper end of
// its bucket, is at least the exact one and less than 0.098 % above it. Minimum, maximum, mean and count are exact. The
// whole range of 63 bits is covered: nothing saturates. 432 KiB each, whatever is recorded.
#pragma once

#include <reactor/time.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "output/sparse_histogram.h"

namespace load {

class Histogram {
 public:
  Histogram() : buckets_(bucket_count) {}

  // A negative duration counts as 0.
  void record(eddy::Duration value) {
    const auto nanoseconds = static_cast<std::uint64_t>(std::max<eddy::Duration::rep>(value.count(), 0));
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
    sum_low_ += nanoseconds;
    sum_high_ += sum_low_ < nanoseconds ? 1 : 0;
    min_ = std::min(min_, nanoseconds);
    max_ = std::max(max_, nanoseconds);
  }

  // As if everything recorded in `other` had been recorded here; exact.
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  eddy::Duration min() const { return eddy::Duration(count_ == 0 ? 0 : min_); }
  eddy::Duration max() const { return eddy::Duration(max_); }
  eddy::Duration mean() const;

  // The smallest value that at least `percent` (0 to 100) of the recorded ones do not exceed (nearest rank), within the
  // error above and never more than max(). 0 when nothing was recorded.
  eddy::Duration percentile(double percent) const;

  SparseHistogram sparse() const;
  // As if everything in `other` had been recorded here. Its buckets are to be of this layout, see is_upper_end.
  void add(const SparseHistogram& other);
  void clear();

  // With `shift` low bits dropped a value has exactly 11 left, the first of which is 1.
  static std::size_t bucket_of(std::uint64_t nanoseconds) {
    const auto shift = std::max(static_cast<int>(std::bit_width(nanoseconds)) - exact_bits, 0);
    return static_cast<std::size_t>(shift) * half + static_cast<std::size_t>(nanoseconds >> shift);
  }
  // The largest value of a bucket.
  static bool is_upper_end(std::uint64_t value) { return value >> 63 == 0 && upper_end(bucket_of(value)) == value; }

  friend bool operator==(const Histogram&, const Histogram&) = default;

 private:
  static constexpr int exact_bits = 11;  // 2048 values with a bucket each
  static constexpr std::size_t half = std::size_t{1} << (exact_bits - 1);
  static constexpr std::size_t bucket_count = (63 - exact_bits + 2) * half;

  static std::uint64_t upper_end(std::size_t bucket);

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_low_ = 0;  // of all values, 128 bits
  std::uint64_t sum_high_ = 0;
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ = 0;
};

}  // namespace load
