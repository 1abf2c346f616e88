// The charts of the page that shows a run, as HTML.
#pragma once

#include <string>

#include "run_report.h"

namespace load {

// `other`, if there is one, is drawn with dashes.
std::string html_charts(const RunReport& run, const RunReport* other);

}  // namespace load
