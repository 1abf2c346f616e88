// The summary of `eddy-load chat` that a person reads at the end.
#pragma once

#include <string>

#include "results.h"
#include "settings.h"

namespace load::chat {

// Several lines of plain ASCII, the last of which is the verdict.
std::string report(const Settings& settings, const Results& results);

}  // namespace load::chat
