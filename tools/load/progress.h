// Progress: what the line on the terminal says of a run.
#pragma once

#include <reactor/time.h>

#include <cstdint>
#include <string>

#include "ledger.h"
#include "terminal_line.h"

namespace load {

class Progress {
 public:
  explicit Progress(const Ledger& ledger);

  void measuring(eddy::TimePoint since);

 private:
  std::string text();

  const Ledger& ledger_;
  eddy::TimePoint since_ = eddy::never;
  eddy::TimePoint drawn_{};  // when, and how many were answered then
  std::uint64_t drawn_answered_ = 0;
  TerminalLine line_;
};

}  // namespace load
