#include "reactor/driver/uring/probe.h"

#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "reactor/driver/uring/buffers.h"
#include "reactor/driver/uring/ring.h"

namespace eddy::driver {
namespace {

constexpr std::array needed{
    IORING_OP_ACCEPT,  IORING_OP_CONNECT, IORING_OP_RECV,     IORING_OP_SEND,
    IORING_OP_SENDMSG, IORING_OP_RECVMSG, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL,
};

const char* usual_cause(int error) {
  switch (error) {
    case EPERM:
    case EACCES: return " (seccomp or sysctl kernel.io_uring_disabled)";
    case ENOSYS: return " (Linux before 5.1, or built or filtered without it)";
    case EINVAL: return " (needs Linux 6.1)";
    case ENOMEM: return " (memory limit, or the limit of locked memory: ulimit -l)";
    default: return "";
  }
}

bool has_operations(io_uring& ring) {
  const std::unique_ptr<io_uring_probe, decltype(&io_uring_free_probe)> probe(io_uring_get_probe_ring(&ring),
                                                                              &io_uring_free_probe);
  if (probe == nullptr) return false;
  for (const int operation : needed) {
    if (io_uring_opcode_supported(probe.get(), operation) == 0) return false;
  }
  return true;
}

// Multishot receiving (Linux 6.0) is no operation of its own: seen only by trying.
bool receives_again_and_again(Ring& ring) {
  const ReceiveBuffers buffers(ring.native(), 0, {.count = 2, .size = 64});
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
    throw std::system_error(errno, std::system_category(), "socketpair");
  }
  ring.receive({.slot = 0, .generation = 1}, pair[0], buffers.group());
  ring.enter(Duration::zero());
  bool good = ::send(pair[1], "x", 1, MSG_NOSIGNAL) == 1;
  if (good) {
    const auto completions = ring.enter(std::chrono::seconds(1));
    good = completions.size() == 1 && completions[0].result == 1 && completions[0].more();
  }
  ring.cancel_and_wait(pair[0]);
  ::close(pair[0]);
  ::close(pair[1]);
  return good;
}

std::string find_out() {
  try {
    Ring ring;
    if (!has_operations(ring.native()) || !receives_again_and_again(ring)) {
      return "this kernel lacks operations that are needed (needs Linux 6.1)";
    }
    return {};
  } catch (const std::system_error& error) {
    return error.what() + std::string(usual_cause(error.code().value()));
  }
}

}  // namespace

const std::string& uring_unavailable() {
  static const std::string reason = find_out();
  return reason;
}

}  // namespace eddy::driver
