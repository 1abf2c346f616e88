// The options that say how the load is made: when messages are sent, what happens when too many are in flight, how
// many connections there are and how long they live. What is said on them is a matter of the protocol.
#pragma once

#include <apps/cli/program.h>
#include <reactor/address.h>

#include <string_view>
#include <vector>

#include "settings.h"

namespace load {

// "5000" or "5000/s", more than 0 and at most 1e9; throws std::invalid_argument that says what was expected.
double parse_per_second(std::string_view text);

void add_shape_options(CLI::App& command, Settings& settings);
// Those that are a matter of the machine that a part of the run is made on: source addresses, threads.
void add_machine_options(CLI::App& command, Settings& settings);

// Throws cli::UsageError that names what is impossible, or what contradicts what.
void check_shape(const Settings& settings, const std::vector<eddy::Address>& targets);

}  // namespace load
