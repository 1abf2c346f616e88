// Merges the reports of runs that went on side by side, from several processes or machines, into one: counts and
// histograms added, exactly; the time series put one upon the other by the clock, to the nearest interval.
#pragma once

#include <string>
#include <vector>

#include "run_report.h"

namespace load {

// One run or more; a single one is a shard, whose others are missing. Throws cli::UsageError, with the reason, when the
// runs differ in more than connections, rate and seed, or at all when they are shards, or were not at the same time.
Json merged(const std::vector<RunReport>& runs);

// For people: what the merged run came to.
std::string merge_summary(const RunReport& merged);

}  // namespace load
