// Machine: what the measurements were taken on.
#pragma once

#include <string>

namespace load {

struct Machine {
  unsigned cores = 0;       // that the system shows to this program; 0 when unknown
  std::string system = {};  // "Linux 6.1.0-18-amd64 x86_64"; empty when unknown, like the next one
  std::string cpu = {};
};

Machine this_machine();

}  // namespace load
