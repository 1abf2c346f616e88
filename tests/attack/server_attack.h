// An attack on a server, from its start to its end.
#pragma once

#include "findings.h"
#include "options.h"

namespace attack {

// Throws std::runtime_error when it could not be made. Answers who was there when something was found.
std::string attack_server(const Options& options, Totals& totals, Findings& findings);

}  // namespace attack
