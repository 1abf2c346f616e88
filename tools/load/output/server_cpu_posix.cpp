#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "server_cpu.h"

namespace load {
namespace {

constexpr int fields_before_times = 11;  // after the name: state to cmajflt

eddy::Duration ticks(std::uint64_t count) {
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::nanoseconds(count * (1'000'000'000 / per_second));
}

}  // namespace

CpuTime server_cpu_time(std::uint64_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  if (!std::getline(file, text)) {
    if (!std::ifstream("/proc/self/stat")) {
      throw std::runtime_error(fmt::format("--server-pid {}: expected Linux, whose /proc tells the CPU time", process));
    }
    throw std::runtime_error(fmt::format("--server-pid {}: expected a process that runs on this machine", process));
  }
  // The name stands in brackets and may have anything in it.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < fields_before_times; ++i) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  if (!(fields >> user >> system)) {
    throw std::runtime_error(fmt::format("--server-pid {}: expected Linux's /proc/{}/stat", process, process));
  }
  return {ticks(user), ticks(system)};
}

}  // namespace load
