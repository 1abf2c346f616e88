// What `stats` tells of the process.
#pragma once

#include <cstdint>

namespace cache {

struct ProcessInfo {
  std::uint64_t id;
  std::uint64_t user_microseconds;  // processor time
  std::uint64_t system_microseconds;
};

ProcessInfo process_info();

}  // namespace cache
