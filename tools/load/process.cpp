#include "process.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>

namespace load {
namespace {

// Standard streams, the poller and its wake-up, the report, what a resolver opens.
constexpr std::uint64_t own_descriptors = 24;

eddy::Duration duration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

CpuTime cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {duration(usage.ru_utime), duration(usage.ru_stime)};
}

void need_sockets(std::size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  // rlim_t is signed on FreeBSD.
  const auto most = [](rlim_t limited) {
    const auto descriptors = static_cast<std::uint64_t>(limited);
    return descriptors > own_descriptors ? descriptors - own_descriptors : 0;
  };
  if (count <= most(limit.rlim_cur)) return;
  if (count <= most(limit.rlim_max)) {
    limit.rlim_cur = static_cast<rlim_t>(count + own_descriptors);
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  }
  throw std::runtime_error(
      fmt::format("{} connections: this process may open only {} descriptors: raise the limit (ulimit -Hn; for good in "
                  "/etc/security/limits.conf, or LimitNOFILE= of a service) or ask for at most {} connections",
                  count, limit.rlim_max, most(limit.rlim_max)));
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

std::uint64_t process_id() { return static_cast<std::uint64_t>(::getpid()); }

std::FILE* create_file(const std::filesystem::path& path) { return std::fopen(path.c_str(), "wx"); }

}  // namespace load
