#include "process.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <stdexcept>

namespace load {
namespace {

// Standard streams, the poller and its wake-up, the report, what a resolver opens.
constexpr std::uint64_t own_descriptors = 24;

std::uint64_t beside_own(rlim_t limited) {
  const auto descriptors = static_cast<std::uint64_t>(limited);  // signed on FreeBSD
  return descriptors > own_descriptors ? descriptors - own_descriptors : 0;
}

eddy::Duration duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

CpuTime cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {duration(usage.ru_utime), duration(usage.ru_stime)};
}

std::size_t most_sockets() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(beside_own(limit.rlim_max));
}

void need_sockets(std::size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (count <= beside_own(limit.rlim_cur)) return;
  if (count <= beside_own(limit.rlim_max)) {
    limit.rlim_cur = static_cast<rlim_t>(count + own_descriptors);
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  }
  throw std::runtime_error(
      fmt::format("{} connections: this process may open only {} descriptors: raise the limit (ulimit -Hn; for good in "
                  "/etc/security/limits.conf, or LimitNOFILE= of a service) or ask for at most {} connections",
                  count, limit.rlim_max, beside_own(limit.rlim_max)));
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

std::uint64_t process_id() { return static_cast<std::uint64_t>(::getpid()); }

std::FILE* create_file(const std::filesystem::path& path) { return std::fopen(path.c_str(), "wx"); }

}  // namespace load
