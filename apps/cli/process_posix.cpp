#include <fcntl.h>
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

std::optional<int> reload_signal() { return SIGHUP; }

}  // namespace cli
