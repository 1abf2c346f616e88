// Progress: the line on the terminal that shows a run while it goes on. Rewritten four times a second, wiped at the
// end.
#pragma once

#include <reactor/time.h>
#include <reactor/timer.h>

#include <cstdint>
#include <string>

#include "ledger.h"

namespace load {

class Progress {
 public:
  // Writes to stderr, which is to be a terminal.
  explicit Progress(const Ledger& ledger);
  ~Progress();

  void measuring(eddy::TimePoint since);

 private:
  void draw();
  std::string line();

  const Ledger& ledger_;
  eddy::Timer timer_;
  eddy::TimePoint since_ = eddy::never;
  eddy::TimePoint drawn_{};  // when, and how many were answered then
  std::uint64_t drawn_answered_ = 0;
};

}  // namespace load
