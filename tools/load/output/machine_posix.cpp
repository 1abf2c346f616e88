#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "machine.h"

namespace load {
namespace {

// As Linux tells it; other systems have no such file.
std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.compare(0, 10, "model name") == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

}  // namespace

Machine this_machine() {
  Machine machine{.cores = std::thread::hardware_concurrency(), .cpu = cpu_model()};
  utsname names{};
  if (::uname(&names) >= 0) {
    machine.system = std::string(names.sysname) + " " + names.release + " " + names.machine;
  }
  return machine;
}

}  // namespace load
