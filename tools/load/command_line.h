// eddy-load's options.
#pragma once

#include <apps/cli/program.h>

#include <string>

#include "chat/settings.h"
#include "settings.h"

namespace load {

// Each adds the subcommand of that name, which reads into `settings`.
void add_echo(CLI::App& app, Settings& settings);
void add_line(CLI::App& app, Settings& settings);
void add_frames(CLI::App& app, Settings& settings);
void add_cache(CLI::App& app, Settings& settings);
void add_http(CLI::App& app, Settings& settings);
void add_protocols(CLI::App& app, Settings& settings);  // all of these
void add_chat(CLI::App& app, chat::Settings& settings);

// Of all that measure.
void add_json(CLI::App& command, std::string& json);

}  // namespace load
