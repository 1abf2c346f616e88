// The time series as the JSON report has it.
#pragma once

#include <vector>

#include "../json_values.h"
#include "interval.h"

namespace load {

Json json_of(const std::vector<Interval>& series);

}  // namespace load
