// The CPU time of another process, the server's. Linux alone tells it, in /proc.
#pragma once

#include <cstdint>

#include "../process.h"

namespace load {

// Since the process started, all its threads together, to a hundredth of a second.
// Throws std::runtime_error, with one line that names --server-pid and what was expected.
CpuTime server_cpu_time(std::uint64_t process);

}  // namespace load
