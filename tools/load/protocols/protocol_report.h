// What the reports say of one protocol alone.
#pragma once

#include <string>

#include "../json_values.h"
#include "../results.h"
#include "../settings.h"

namespace load {

// One line: what is asked.
std::string asked(const Settings& settings);

// Rows of the summary; perhaps none.
std::string protocol_rows(const Settings& settings, const Results& results);

// Fields for the report's "settings", and for the report itself: an object each, perhaps empty.
Json protocol_settings(const Settings& settings);
Json protocol_figures(const Settings& settings, const Results& results);

}  // namespace load
