// --driver and --drivers: which way of asking the operating system a program uses, and which there are here.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace cli {

// Adds both. An unknown name is bad usage; one that cannot be had here fails when the loop is made.
void add_driver_options(CLI::App& app, std::string& driver);

}  // namespace cli
