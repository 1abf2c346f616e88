// What every program asks of its own process when it starts.
#pragma once

#include <optional>

namespace cli {

// A standard stream that is closed leaves its number to the first socket, which would get what is meant for people.
void occupy_standard_descriptors();

// Who reads stderr may leave: that ends no program.
void ignore_broken_pipes();

// For servers: SIGHUP (a terminal that closes), SIGUSR1 and SIGUSR2 mean nothing to one that does not ask for them, and
// do not end it.
void ignore_signals_without_meaning();

// Whether a write to stderr would wait, for it is a pipe that nobody empties, or a terminal that was stopped.
bool stderr_is_full();

// The signal by which a server is asked to read its configuration anew; none where the system has no such signal.
std::optional<int> reload_signal();

}  // namespace cli
