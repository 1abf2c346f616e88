// --spread: which of a server's threads gets a connection.
#pragma once

#include <reactor/pool_listener.h>

#include <CLI/CLI.hpp>

namespace cli {

void add_spread_option(CLI::App& app, eddy::Spread& spread);

}  // namespace cli
