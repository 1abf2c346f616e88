// Self-test: proves the instrument on the machine that it is to measure on. Each check shows its figures.
//
//   histogram every response time that can be recorded is reported within the histogram's error
//   stall     a server that is stopped for a while shows in the response times, and not in the service times
//   delay     a server that answers after a known delay is measured as that: never less, and the median not more than
//             the histogram's error and 1 ms for two timers above
//   ceiling   how much this program can do at the most, against a server that does nothing else than echo
//
// Takes some six seconds. Not on Windows.
#pragma once

#include <string>
#include <vector>

namespace load {

struct SelfCheck {
  std::string name;
  std::string figures;
  bool passed = false;
};

// Throws std::runtime_error where there is none. The process must not have threads yet.
std::vector<SelfCheck> self_checks();

// What a person reads.
std::string report(const std::vector<SelfCheck>& checks);

}  // namespace load
