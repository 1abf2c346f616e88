#include <windows.h>

#include "process_info.h"

namespace cache {
namespace {

// FILETIME counts tenths of microseconds.
std::uint64_t microseconds(const FILETIME& time) {
  return (std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime) / 10;
}

}  // namespace

ProcessInfo process_info() {
  FILETIME created{};
  FILETIME ended{};
  FILETIME kernel{};
  FILETIME user{};
  ::GetProcessTimes(::GetCurrentProcess(), &created, &ended, &kernel, &user);  // zeroes are shown when it fails
  return {::GetCurrentProcessId(), microseconds(user), microseconds(kernel)};
}

}  // namespace cache
