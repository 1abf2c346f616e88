#include <sys/resource.h>
#include <unistd.h>

#include "process_info.h"

namespace cache {
namespace {

std::uint64_t microseconds(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
}

}  // namespace

ProcessInfo process_info() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);  // cannot fail with these arguments
  return {static_cast<std::uint64_t>(::getpid()), microseconds(usage.ru_utime), microseconds(usage.ru_stime)};
}

}  // namespace cache
