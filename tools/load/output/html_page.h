// The page that shows a run: one file, complete in itself, with no script. Every figure in its tables carries in
// data-json the place in the JSON report that it comes from, and in data-value what stands there.
#pragma once

#include <string>

#include "run_report.h"

namespace load {

// `other`, if there is one, is shown beside it.
std::string html_page(const RunReport& run, const RunReport* other);

}  // namespace load
