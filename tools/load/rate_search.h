// Looking for a server's limit: the highest rate of the open model at which a goal holds, and stairs of rates.
//
// The search first brackets: it doubles the rate while the goal holds, or halves it until it does. Then it bisects the
// bracket down to 2 %, and runs the best rate twice more; if that does not hold the search goes on below it. A rate
// holds when the goal does, and nothing was lost, wrong or failed, and eddy-load itself was not the limit.
#pragma once

#include <apps/cli/program.h>
#include <reactor/callback.h>
#include <reactor/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results.h"
#include "settings.h"

namespace load {

// "p99<2ms" and the like; throws std::invalid_argument that says what was expected.
SearchGoal parse_goal(std::string_view text);
// "1000:5000:500"; likewise.
Staircase parse_staircase(std::string_view text);

void add_search_options(CLI::App& command, Settings& settings);

// Throws cli::UsageError that names what contradicts it.
void check_search(const Settings& settings);

// One run at one rate.
struct Trial {
  std::string failed = {};  // why it does not hold; empty when it does
  bool interrupted = false;
};

struct Found {
  std::optional<double> rate;      // the highest that held and was confirmed; empty when none did
  std::optional<double> too_high;  // the lowest that did not hold; empty when all did
  bool interrupted = false;
};

// `measure` runs one trial, and `most` is a rate above which nothing is tried.
Found search(double first_rate, double most, eddy::Callback<Trial(double rate)> measure);

eddy::Duration value_of(const SearchGoal& goal, const Results& results);
std::string to_string(const SearchGoal& goal);

}  // namespace load
