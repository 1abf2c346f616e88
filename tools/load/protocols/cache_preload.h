// Setting every key once, before a run: so that gets hit.
#pragma once

#include <string>

#include "../settings.h"

namespace load {

// Over one connection; blocks until the server has stored them all. `target` is the address to connect to. Throws
// std::runtime_error with one line when it does not, or on SIGINT or SIGTERM.
void preload(const Settings& settings, const std::string& target);

}  // namespace load
