// Hostile servers, against eddy-load as their client.
#pragma once

#include "findings.h"
#include "options.h"

namespace attack {

void attack_load(const Options& options, Totals& totals, Findings& findings);

}  // namespace attack
