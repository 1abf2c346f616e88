// The rows that the summaries of all protocols are made of. Each ends its line.
#pragma once

#include <string>
#include <string_view>

#include "error_counts.h"
#include "histogram.h"

namespace load {

std::string row(std::string_view name, std::string_view text);

// The names of the columns of times(), and the columns.
std::string times_header();
std::string times(std::string_view name, const Histogram& histogram);

// A row for each kind; none when there is none.
std::string errors(std::string_view name, const ErrorCounts& counts);

}  // namespace load
