// eddy-load's options.
#pragma once

#include <apps/cli/program.h>

#include "settings.h"

namespace load {

// Adds the subcommand `echo`, which reads into `settings`.
void add_echo(CLI::App& app, Settings& settings);

}  // namespace load
