// Results: what a run of `eddy-load chat` found out. Plain values, filled while it runs; the reports print them.
#pragma once

#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../corruption.h"
#include "../error_counts.h"
#include "../histogram.h"
#include "../process.h"
#include "settings.h"

namespace load::chat {

struct Results {
  std::string target;  // as asked for
  std::string driver;  // that the loop ran on
  bool interrupted = false;

  // Receivers
  std::size_t joined = 0;       // that were in the channel when the sender began
  ErrorCounts not_joined;       // why the others were not
  eddy::Duration join_time{0};  // from the first connect until all were in

  // Messages
  std::uint64_t sent = 0;
  std::uint64_t unsent = 0;     // due by the schedule, but there was no room for it, or this program was too slow
  std::uint64_t held_back = 0;  // open model: due while the sender's output stood full
  std::uint64_t bytes_out = 0;  // of all members together
  std::uint64_t bytes_in = 0;

  // Deliveries. Each message is expected once by every receiver that is still there: expected = done + lost + wrong.
  std::uint64_t expected = 0;
  std::uint64_t done = 0;
  std::uint64_t lost = 0;               // did not come, or its receiver had to be given up
  std::uint64_t wrong = 0;              // came with a wrong byte
  std::uint64_t duplicated = 0;         // came again
  std::uint64_t reordered = 0;          // came after a later message
  std::vector<Corruption> corruptions;  // the first few wrong ones; connection is the member's number

  std::uint64_t foreign = 0;  // what others said in the channel: not counted otherwise
  ErrorCounts errors;         // of members, once they were in

  Histogram delivery;  // from the planned (open) or actual (closed) sending to one receiver's line
  Histogram complete;  // to the line of the last receiver
  Histogram send_lag;  // open model: from the planned to the actual sending

  eddy::TimePoint began{};    // to speak
  eddy::Duration elapsed{0};  // from then to the end of the sending, or the last delivery after it
  CpuTime cpu;                // of this process, in that time
};

// Why the run counts as failed, one phrase each; empty when all is right.
std::vector<std::string> problems(const Results& results);

}  // namespace load::chat
