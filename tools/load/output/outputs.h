// Outputs: what a run gives besides its summary, as values of the command line.
#pragma once

#include <reactor/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace load {

struct Outputs {
  std::optional<eddy::Duration> interval = {};   // of the time series; unset: what interval_or_default() says
  std::optional<std::uint64_t> server_pid = {};  // whose CPU time is measured, too
  std::string csv = {};                          // paths, empty for none
  std::string hdr = {};
  std::string html = {};
  std::optional<std::uint16_t> prometheus = {};  // port of 127.0.0.1 to answer at
  bool live = false;                             // a line on stderr at each interval's end, where it is no terminal
  std::vector<std::string> command_line = {};    // that asked for the run; for the report

  // A second; for long runs as many whole seconds as make at most a thousand intervals.
  eddy::Duration interval_or_default(eddy::Duration run) const {
    return interval.value_or(std::chrono::seconds(1) + std::chrono::floor<std::chrono::seconds>(run) / 1001);
  }
};

}  // namespace load
