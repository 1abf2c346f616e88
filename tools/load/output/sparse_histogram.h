// SparseHistogram: what a Histogram recorded, in as much memory as it has buckets that are not empty. For keeping many,
// for files, and for exact merging: from a Histogram and back nothing is lost.
#pragma once

#include <reactor/time.h>

#include <cstdint>
#include <vector>

namespace load {

struct SparseHistogram {
  struct Bucket {
    std::uint64_t upper_end = 0;  // the largest value that it counts, in ns
    std::uint64_t count = 0;      // not 0

    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  std::vector<Bucket> buckets = {};  // ascending
  std::uint64_t count = 0;           // of all buckets
  std::uint64_t sum_low = 0;         // of all values, 128 bits
  std::uint64_t sum_high = 0;
  std::uint64_t min = 0;  // 0 when empty
  std::uint64_t max = 0;

  // As if everything recorded in `other` had been recorded here; exact.
  void merge(const SparseHistogram& other);

  eddy::Duration mean() const;
  eddy::Duration percentile(double percent) const;  // the same as Histogram's

  friend bool operator==(const SparseHistogram&, const SparseHistogram&) = default;
};

// The rank, from 1, of the value that at least `percent` of `count` values do not exceed. `count` is not 0.
std::uint64_t nearest_rank(double percent, std::uint64_t count);

// Of a sum of 128 bits; 0 for no values.
eddy::Duration mean_of(std::uint64_t sum_high, std::uint64_t sum_low, std::uint64_t count);

}  // namespace load
