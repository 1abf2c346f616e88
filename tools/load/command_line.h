// eddy-load's options.
#pragma once

#include <apps/cli/program.h>

#include "chat/settings.h"
#include "settings.h"

namespace load {

// Each adds the subcommand of that name, which reads into `settings`.
void add_echo(CLI::App& app, Settings& settings);
void add_line(CLI::App& app, Settings& settings);
void add_frames(CLI::App& app, Settings& settings);
void add_cache(CLI::App& app, Settings& settings);
void add_http(CLI::App& app, Settings& settings);
void add_chat(CLI::App& app, chat::Settings& settings);

}  // namespace load
