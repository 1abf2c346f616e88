#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "reactor/driver/pipe.h"
#include "reactor/driver/retry.h"

namespace eddy::driver {
namespace {

// While it lives a write of this thread that finds no reader raises no signal: MSG_NOSIGNAL is for sockets alone.
class SigpipeHeldBack {
 public:
  SigpipeHeldBack() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    // A SIGPIPE that was pending before is the caller's and stays; one that the write raises is merged with it.
    if (sigismember(&before_, SIGPIPE) != 0) was_pending_ = is_pending();
  }
  ~SigpipeHeldBack() {
    if (sigismember(&before_, SIGPIPE) == 0) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeHeldBack(const SigpipeHeldBack&) = delete;
  SigpipeHeldBack& operator=(const SigpipeHeldBack&) = delete;

  // Takes the signal that the write has raised.
  void consume() const {
    int taken = 0;
    if (!was_pending_ && is_pending()) sigwait(&pipe_, &taken);
  }

 private:
  static bool is_pending() {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) != 0;
  }

  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace

Interest pipe_directions(NativeSocket descriptor) {
  struct stat file {};
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fstat(descriptor, &file) != 0) return Interest::none;
  if (!S_ISFIFO(file.st_mode) && ::isatty(descriptor) == 0) return Interest::none;
#ifdef F_SETNOSIGPIPE
  // Where a signal of a write is the process's, holding it back in a thread is not enough (macOS, NetBSD).
  ::fcntl(descriptor, F_SETNOSIGPIPE, 1);
#endif
  switch (flags & O_ACCMODE) {
    case O_RDONLY: return Interest::read;
    case O_WRONLY: return Interest::write;
    default: return Interest::both;
  }
}

std::size_t read_pipe(NativeSocket pipe, void* buffer, std::size_t size, std::error_code& error) {
  const auto count = retry([&] { return ::read(pipe, buffer, size); });
  if (count >= 0) return static_cast<std::size_t>(count);
  // Linux answers EIO for a pseudo-terminal whose other side nobody has open any more: that is its end.
  if (errno == EIO && ::isatty(pipe) != 0) return 0;
  error = last_error();
  return 0;
}

std::size_t write_pipe(NativeSocket pipe, std::span<const Bytes> pieces, std::error_code& error) {
  std::array<iovec, most_pieces> vectors;
  const auto used = std::min(pieces.size(), vectors.size());
  for (std::size_t i = 0; i < used; ++i) vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
  const SigpipeHeldBack held_back;
  const auto count = retry([&] { return ::writev(pipe, vectors.data(), static_cast<int>(used)); });
  if (count >= 0) return static_cast<std::size_t>(count);
  error = last_error();
  if (error == std::errc::broken_pipe) held_back.consume();
  return 0;
}

std::error_code pipe_error(NativeSocket pipe) {
  pollfd one{.fd = pipe, .events = POLLOUT, .revents = 0};
  const bool no_reader = retry([&] { return ::poll(&one, 1, 0); }) > 0 && (one.revents & (POLLERR | POLLHUP)) != 0;
  return no_reader ? std::make_error_code(std::errc::broken_pipe) : std::error_code();
}

}  // namespace eddy::driver
