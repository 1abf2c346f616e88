// The options of what a run gives besides its summary.
#pragma once

#include <apps/cli/program.h>

#include "../settings.h"
#include "outputs.h"

namespace load {

void add_outputs(CLI::App& command, Outputs& outputs);

// A part of check(Settings), and throws like it.
void check_outputs(const Settings& settings);

}  // namespace load
