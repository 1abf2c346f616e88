// The summary that a person reads at the end.
#pragma once

#include <string>

#include "results.h"
#include "settings.h"

namespace load {

// Several lines of plain ASCII, the last of which is the verdict.
std::string report(const Settings& settings, const Results& results);

}  // namespace load
