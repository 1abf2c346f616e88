#include "reactor/driver/uring/probe.h"

#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "reactor/driver/uring/buffers.h"
#include "reactor/driver/uring/ring.h"
#include "reactor/forever.h"

namespace eddy::driver {
namespace {

constexpr std::array needed{
    IORING_OP_ACCEPT,  IORING_OP_CONNECT, IORING_OP_RECV,     IORING_OP_SEND,
    IORING_OP_SENDMSG, IORING_OP_RECVMSG, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL,
};

bool has_operations(io_uring& ring) {
  const std::unique_ptr<io_uring_probe, decltype(&io_uring_free_probe)> probe(io_uring_get_probe_ring(&ring),
                                                                              &io_uring_free_probe);
  if (probe == nullptr) return false;
  for (const int operation : needed) {
    if (io_uring_opcode_supported(probe.get(), operation) == 0) return false;
  }
  return true;
}

// Multishot receiving (Linux 6.0), and a bound for it (6.17), are no operations of their own: seen only by trying.
bool receives_again_and_again(Ring& ring, std::uint32_t bound) {
  ReceiveBuffers buffers(ring.native(), 0, {.count = 2, .size = 64});
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
    throw std::system_error(errno, std::system_category(), "socketpair");
  }
  const Id id{.slot = 0, .generation = 1};
  std::vector<Completion> completions;
  ring.receive(id, pair[0], buffers, bound);
  ring.enter(Duration::zero());
  bool good = ::send(pair[1], "x", 1, MSG_NOSIGNAL) == 1;
  if (good) {
    ring.enter(std::chrono::seconds(1));
    ring.take(completions);
    good = completions.size() == 1 && completions[0].result == 1 && completions[0].more == (bound == 0);
  }
  if (good) {
    ring.cancel_now(Operation::receive, id);
    for (int i = 0; i < 100 && completions.back().more && ring.make_completions(); ++i) ring.take(completions);
  }
  ::close(pair[0]);
  ::close(pair[1]);
  return good;
}

struct Verdict {
  std::string reason;  // empty: it can be used
  bool lasts = true;   // asking again would bring the same
  bool bounds_receives = false;
};

Verdict find_out() {
  try {
    Ring ring(8);
    if (!has_operations(ring.native()) || !receives_again_and_again(ring, 0)) {
      return {.reason = "this kernel lacks operations that are needed (needs Linux 6.1)"};
    }
    return {.reason = {}, .bounds_receives = receives_again_and_again(ring, 1)};
  } catch (const std::system_error& error) {
    const int code = error.code().value();
    return {.reason = explain(error), .lasts = code == EPERM || code == EACCES || code == ENOSYS || code == EINVAL};
  }
}

Verdict verdict() {
  static std::mutex mutex;
  static Forever<std::optional<Verdict>> kept;
  auto& known = kept.value;
  const std::lock_guard lock(mutex);
  if (known) return *known;
  auto found = find_out();
  if (found.lasts) known = found;
  return found;
}

}  // namespace

std::string explain(const std::system_error& error) {
  const auto cause = [](int code) {
    switch (code) {
      case EPERM:
      case EACCES: return " (seccomp or sysctl kernel.io_uring_disabled)";
      case ENOSYS: return " (Linux before 5.1, or built or filtered without it)";
      case EINVAL: return " (needs Linux 6.1)";
      case ENOMEM: return " (memory limit, or the limit of locked memory: ulimit -l)";
      default: return "";
    }
  };
  return error.what() + std::string(cause(error.code().value()));
}

std::string uring_unavailable() { return verdict().reason; }
bool uring_bounds_receives() { return verdict().bounds_receives; }

}  // namespace eddy::driver
