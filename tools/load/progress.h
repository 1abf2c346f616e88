// Progress: what stderr says of a run while it goes on. On a terminal a few lines that are rewritten: the rate, errors,
// this program's own lag, and how rate and response times went in the last intervals. Elsewhere, and only if asked
// for, a line at each interval's end.
#pragma once

#include <reactor/time.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "ledger.h"
#include "terminal_line.h"

namespace load {

class Progress {
 public:
  Progress(Ledger& ledger, bool terminal);
  ~Progress();

  void measuring(eddy::TimePoint since);

 private:
  struct Column {  // of a sparkline: an interval
    double rate = 0;
    eddy::Duration p50{0};
    eddy::Duration p99{0};
    eddy::Duration max{0};
    eddy::Duration send_lag{0};
  };

  void interval_ended(const Interval& interval);
  std::string text();
  std::string head(double rate, eddy::Duration send_lag) const;

  Ledger& ledger_;
  bool unicode_;
  std::deque<Column> columns_;  // the last ones
  eddy::TimePoint since_ = eddy::never;
  eddy::TimePoint drawn_{};  // when, and how many were answered then
  std::uint64_t drawn_answered_ = 0;
  std::optional<TerminalLine> line_;
};

}  // namespace load
