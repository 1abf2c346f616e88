// SeriesRecorder: cuts a run into Intervals while it goes on.
//
// Each answer is recorded once more, into the histogram of the interval that is going on, by the instant it came, and
// at the interval's end only the part of the histogram that was used is looked at. The alternative, differences of the
// whole run's histogram, would cost nothing per answer, but 864 KiB read at once at every end: a pause that the run
// would measure; and an interval's minimum and maximum would not be exact. Counts are differences of those in Results.
#pragma once

#include <reactor/callback.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "../histogram.h"
#include "interval.h"

namespace load {

struct Results;

class SeriesRecorder {
 public:
  // Intervals go to results.series. Takes its memory here, not while time is measured.
  SeriesRecorder(eddy::Loop& loop, Results& results, eddy::Duration interval);

  // Called after each interval that ended while the run goes on.
  void on_interval(eddy::Callback<void(const Interval&)> ended) { ended_ = std::move(ended); }

  void start(eddy::TimePoint now);
  // The last interval ends: at `until`, or at its last answer if that came later. Intervals after it are left out, and
  // what is shorter than a tenth of one, which has no rate to speak of, belongs to the one before it.
  void finish(eddy::TimePoint until);

  void answered(eddy::Duration response, eddy::TimePoint now) {
    if (!response_) return;
    if (now >= end_) advance(now);
    response_->record(response);
    last_ = now;
  }
  void lagged(eddy::Duration lag) { lag_ = std::max(lag_, lag); }

 private:
  void tick();
  void advance(eddy::TimePoint now);
  void close(eddy::TimePoint end);

  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
    std::uint64_t errors = 0;
  };
  Counts counts() const;

  eddy::Loop& loop_;
  Results& results_;
  eddy::Duration interval_;
  eddy::Callback<void(const Interval&)> ended_;
  eddy::Timer timer_;
  std::unique_ptr<Histogram> response_;  // of the interval that is going on
  eddy::Duration lag_{0};
  Counts before_;
  eddy::TimePoint started_{};
  eddy::TimePoint begin_{};
  eddy::TimePoint end_ = eddy::never;
  eddy::TimePoint last_{};  // answer
};

}  // namespace load
