#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "apps/cli/process.h"

namespace cli {

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

bool stderr_is_full() {
  pollfd look{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&look, 1, 0) == 0;  // an error is left for the write to find
}

std::optional<int> reload_signal() { return SIGHUP; }

}  // namespace cli
