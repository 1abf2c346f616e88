#include "apps/cli/process.h"

namespace cli {

// Sockets here have no numbers in common with the standard streams, and writing to a pipe that nobody reads is an error
// like any other.
void occupy_standard_descriptors() {}
void ignore_broken_pipes() {}
void ignore_signals_without_meaning() {}

// The system has no limit for each process.
void take_all_descriptors() {}
std::string too_few_descriptors(const std::string& /*setting*/, std::size_t /*connections*/,
                                const std::vector<std::string>& /*urls*/) {
  return {};
}

// A pipe does not tell.
bool stderr_is_full() { return false; }

std::optional<int> reload_signal() { return std::nullopt; }

}  // namespace cli
