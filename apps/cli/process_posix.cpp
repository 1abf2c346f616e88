#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>

#include "apps/cli/process.h"

namespace cli {
namespace {

// More take time where a process walks over all that it might have, such as in a child that is about to run a program.
constexpr rlim_t most_descriptors = 1'000'000;

// macOS refuses more, though it says that there is no limit (setrlimit(2) there, OPEN_MAX).
constexpr rlim_t most_of_macos = 10'240;

// The standard streams, and a loop's own: what it waits with, its wake-up, its reserve, its listeners.
constexpr std::uint64_t own_descriptors = 32;

}  // namespace

// Read-only, so that writing to it stays an error.
void occupy_standard_descriptors() {
  int descriptor = -1;
  do {
    descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  } while (descriptor >= 0 && descriptor < STDERR_FILENO);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void ignore_signals_without_meaning() {
  for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2}) std::signal(signal, SIG_IGN);
}

void take_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto wanted = std::min(limit.rlim_max, most_descriptors);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  limit.rlim_cur = std::min(wanted, most_of_macos);
  ::setrlimit(RLIMIT_NOFILE, &limit);  // if that is refused, too, what there was stays, and too_few_descriptors tells
}

std::string too_few_descriptors(const std::string& setting, std::size_t connections,
                                const std::vector<std::string>& urls) {
  const auto addresses = static_cast<std::size_t>(std::count_if(urls.begin(), urls.end(), [](const std::string& url) {
    return !url.starts_with("udp:") && !url.starts_with("unixgram:");
  }));
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const auto descriptors = static_cast<std::uint64_t>(limit.rlim_cur);  // signed on FreeBSD
  const auto room = descriptors > own_descriptors ? descriptors - own_descriptors : 0;
  if (connections <= room / std::max<std::size_t>(addresses, 1)) return {};
  return fmt::format(
      "{}: {} connections{} are more than fit: this process may open {} descriptors; raise the limit (ulimit -Hn, or "
      "LimitNOFILE= of a service)",
      setting, connections, addresses > 1 ? fmt::format(" at each of {} addresses", addresses) : "", descriptors);
}

bool stderr_is_full() {
  pollfd look{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&look, 1, 0) == 0;  // an error is left for the write to find
}

std::optional<int> reload_signal() { return SIGHUP; }

}  // namespace cli
