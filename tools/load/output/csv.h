// The time series as a table: CSV as RFC 4180 has it, one row an interval, lines ended by CR LF, numbers with a point.
//
//   start_s, length_s                  since the measured phase began
//   sent, answered, lost, errors       in the interval; lost is less than 0 where losses were taken back
//   answered_per_s
//   min_ns p50_ns p90_ns p99_ns p99.9_ns max_ns mean_ns   of the response times of those answered; empty without any
//   send_lag_max_ns
#pragma once

#include <string>
#include <vector>

#include "interval.h"

namespace load {

std::string csv(const std::vector<Interval>& series);

}  // namespace load
