// RunReport: a run as its JSON report tells it, read back: for merging, comparing, and for the page that shows it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../json_values.h"
#include "interval.h"
#include "sparse_histogram.h"

namespace load {

struct RunReport {
  std::string name = {};  // the file's, for people
  Json json = {};         // all of it

  SparseHistogram response = {};
  SparseHistogram service = {};
  std::optional<SparseHistogram> send_lag = {};  // open model
  std::vector<Interval> series = {};

  // What is there at a JSON pointer such as "/messages/sent". Throws cli::UsageError that names it when it is not.
  const Json& at(const std::string& pointer) const;
  double number(const std::string& pointer) const;
  std::uint64_t count(const std::string& pointer) const;

  // Why its figures are eddy-load's own and not the server's; empty when they are the server's.
  std::string limited() const;

  // Everything that should not have been: lost and unsent messages, errors, connections that did not open, answers
  // that were wrong, corrupt or too many.
  std::uint64_t all_errors() const;
};

// Throws cli::UsageError, with one line that names the report and what was expected.
RunReport run_report(std::string name, Json json);
RunReport read_run_report(const std::string& path);

}  // namespace load
