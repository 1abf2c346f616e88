// Compares two runs: a table, and conditions on which a script is to fail.
#pragma once

#include <string>
#include <vector>

#include "run_report.h"

namespace load {

// A condition on the second run: FIGURE > or < LIMIT.
//
//   figure   p50 p90 p99 p99.9 p99.99 max mean   of the response times
//            throughput                          answered messages per second
//            errors                              see RunReport::all_errors
//            cpu, server-cpu                     time per answered message
//   limit    +N% or -N%                          so much above or below the first run
//            a time such as 2ms, a number for throughput and errors
class Condition {
 public:
  // Throws cli::UsageError that names the text.
  explicit Condition(const std::string& text);

  // What to say when it holds; empty when it does not. Throws cli::UsageError when a run has no such figure.
  std::string held(const RunReport& first, const RunReport& second) const;

 private:
  std::string text_;
  std::size_t figure_ = 0;
  bool above_ = true;
  bool percent_ = false;
  double limit_ = 0;
};

// In percent of `before`, "+5.0 %"; "new" when that is 0.
std::string difference_text(double before, double after);

std::string comparison(const RunReport& first, const RunReport& second);

}  // namespace load
