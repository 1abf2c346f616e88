// The runs of a search or a staircase, and what is said about them.
#pragma once

#include "settings.h"

namespace load {

// Runs them, with a line on stdout for each and the outcome after the last, and a report with --json. The exit status:
// 0 when a rate was found, or all stairs went right; 1 when none was, something failed, or it was interrupted. Throws
// like check() and run().
int search_rates(Settings settings);

}  // namespace load
