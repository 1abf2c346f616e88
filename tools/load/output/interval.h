// Interval: what happened in one stretch of a run. All of a run, in order, are its time series.
#pragma once

#include <reactor/time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sparse_histogram.h"

namespace load {

struct Interval {
  eddy::Duration start{0};  // since the measured phase began
  eddy::Duration length{0};
  std::uint64_t sent = 0;
  std::int64_t lost = 0;          // less than 0 when more answers came late than were lost: the loss is taken back
  std::uint64_t errors = 0;       // and wrong, corrupt and surplus answers
  SparseHistogram response = {};  // of the messages answered in it, whenever they were due
  eddy::Duration send_lag_max{0};

  // As if what happened in `other` had happened here; start and length stay.
  void merge(const Interval& other) {
    sent += other.sent;
    lost += other.lost;
    errors += other.errors;
    response.merge(other.response);
    send_lag_max = std::max(send_lag_max, other.send_lag_max);
  }

  std::uint64_t answered() const { return response.count; }

  friend bool operator==(const Interval&, const Interval&) = default;
};

// A run keeps no more: at the worst 432 KiB each, usually some 20.
inline constexpr std::size_t most_intervals = 10'000;

}  // namespace load
