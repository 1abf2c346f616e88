// What every program asks of its own process when it starts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cli {

// A standard stream that is closed leaves its number to the first socket, which would get what is meant for people.
void occupy_standard_descriptors();

// Who reads stderr may leave: that ends no program.
void ignore_broken_pipes();

// For servers: SIGHUP (a terminal that closes), SIGUSR1 and SIGUSR2 mean nothing to one that does not ask for them, and
// do not end it.
void ignore_signals_without_meaning();

// For servers: takes as many descriptors as the system lets the process have, up to a million. What systems begin with
// (the soft limit, often 1024) is for programs that use select(2).
void take_all_descriptors();

// Answers a line for whoever runs the server when so many `connections` at each of its URLs, those of datagrams apart,
// do not fit into the limit of descriptors; an empty one when they fit. `setting` names where their number comes from.
std::string too_few_descriptors(const std::string& setting, std::size_t connections,
                                const std::vector<std::string>& urls);

// Whether a write to stderr would wait, for it is a pipe that nobody empties, or a terminal that was stopped.
bool stderr_is_full();

// The signal by which a server is asked to read its configuration anew; none where the system has no such signal.
std::optional<int> reload_signal();

}  // namespace cli
