// The verdict of a run on eddy-load itself: whether its figures are the server's, or were this program's own limit.
// In the latter case the report's rows stay and are marked: they say what was seen, not what the server can do.
//
//   open    limited when this program was late by itself: the 99th percentile of its own lag (from the planned instant
//           until the message was handed to its connection) is above 1 ms and above a tenth of that of the response
//           times. What waits because the server does not read, or for --overload, is no part of that lag, so a server
//           that stalls does not look like a slow generator. Also when messages that were due were never reached,
//           with the CPU at 90 % of a core or more for each loop.
//   closed  limited when the CPU was at 95 % of a core or more for each loop: it never waited for the server. That a
//           server on its own core was as busy at the same time cannot be seen from here; more --threads, or a second
//           machine, show which of them it was.
//
// CPU is that of the whole process over the measured time. A run of less than 100 messages, or that was cut short
// before 100 ms were over, is not judged: it is too short for percentiles.
#pragma once

#include <string>
#include <string_view>

#include "results.h"
#include "settings.h"

namespace load {

inline constexpr std::string_view limited_by_itself = "limited by eddy-load itself";

// How much of a core each loop had, 1 is all of it.
double own_cpu_share(const Results& results);

// Why the figures are not the server's, in one phrase; empty when they are, or when it cannot be judged.
std::string why_limited(const Settings& settings, const Results& results);

}  // namespace load
