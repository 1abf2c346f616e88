// Progress: what the line on the terminal says of a run of `eddy-load chat`.
#pragma once

#include <reactor/loop.h>
#include <reactor/time.h>

#include <cstdint>
#include <string>

#include "../terminal_line.h"
#include "results.h"
#include "settings.h"

namespace load::chat {

class Progress {
 public:
  Progress(eddy::Loop& loop, const Settings& settings, const Results& results);

  void measuring(eddy::TimePoint since);

 private:
  std::string text();

  eddy::Loop& loop_;
  const Settings& settings_;
  const Results& results_;
  eddy::TimePoint since_ = eddy::never;
  eddy::TimePoint drawn_{};  // when, and how many deliveries were done then
  std::uint64_t drawn_done_ = 0;
  TerminalLine line_;
};

}  // namespace load::chat
