#include "series_recorder.h"

#include <algorithm>
#include <utility>

#include "../results.h"

namespace load {

SeriesRecorder::SeriesRecorder(eddy::Loop& loop, Results& results, eddy::Duration interval)
    : loop_(loop),
      results_(results),
      interval_(interval),
      timer_(loop, [this] { tick(); }),
      response_(std::make_unique<Histogram>()) {}

void SeriesRecorder::start(eddy::TimePoint now) {
  results_.interval = interval_;
  before_ = counts();
  started_ = begin_ = now;
  end_ = eddy::deadline_after(begin_, interval_);
  timer_.start_at(end_);
}

void SeriesRecorder::finish(eddy::TimePoint until) {
  if (started_ == eddy::TimePoint()) return;
  timer_.cancel();
  close(loop_.clock());
  response_.reset();
  auto& series = results_.series;
  const auto nothing = [](const Interval& each) {
    return each.sent == 0 && each.lost == 0 && each.errors == 0 && each.answered() == 0;
  };
  while (series.size() > 1 && nothing(series.back()) && started_ + series.back().start >= until) series.pop_back();
  // One that began after the end, and in which something was still lost, keeps its length.
  const auto rest = std::max(until, last_) - started_ - series.back().start;
  if (rest > eddy::Duration::zero()) series.back().length = std::min(series.back().length, rest);
  if (series.size() > 1 && series.back().length < interval_ / 10) {
    auto& before = series[series.size() - 2];
    before.merge(series.back());
    before.length += series.back().length;
    series.pop_back();
  }
}

// The counts have no instant with them, so that each interval's end is to be met.
void SeriesRecorder::tick() {
  advance(loop_.clock());
  if (end_ != eddy::never) timer_.start_at(end_);
}

void SeriesRecorder::advance(eddy::TimePoint now) {
  while (now >= end_) {
    close(end_);
    // However long this process was stopped, memory is bounded: the last one goes on to the end of the run.
    end_ = results_.series.size() + 1 < most_intervals ? eddy::deadline_after(begin_, interval_) : eddy::never;
    if (ended_) ended_(results_.series.back());
  }
}

void SeriesRecorder::close(eddy::TimePoint end) {
  const auto now = counts();
  results_.series.push_back({.start = begin_ - started_,
                             .length = end - begin_,
                             .sent = now.sent - before_.sent,
                             .lost = static_cast<std::int64_t>(now.lost - before_.lost),
                             .errors = now.errors - before_.errors,
                             .response = response_->sparse(),
                             .send_lag_max = lag_});
  response_->clear();
  lag_ = {};
  before_ = now;
  begin_ = end;
}

SeriesRecorder::Counts SeriesRecorder::counts() const { return {results_.sent, results_.lost, troubles(results_)}; }

}  // namespace load
