#include <fmt/format.h>

#include <stdexcept>

#include "server_cpu.h"

namespace load {

CpuTime server_cpu_time(std::uint64_t process) {
  throw std::runtime_error(fmt::format("--server-pid {}: expected Linux, whose /proc tells the CPU time", process));
}

}  // namespace load
