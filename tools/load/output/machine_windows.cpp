#include <cstdlib>
#include <thread>

#include "machine.h"

namespace load {

Machine this_machine() {
  const char* cpu = std::getenv("PROCESSOR_IDENTIFIER");
  return {.cores = std::thread::hardware_concurrency(), .system = "Windows", .cpu = cpu == nullptr ? "" : cpu};
}

}  // namespace load
