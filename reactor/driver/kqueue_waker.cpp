#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)

#include "reactor/driver/kqueue_waker.h"

#include <fcntl.h>
#include <unistd.h>

#include "reactor/driver/kevent_call.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

KqueueWaker::KqueueWaker(int kqueue) : kqueue_(kqueue) {
  if (works_by_user_event()) return;
  try {
    open_pipe();
  } catch (...) {
    close_pipe();
    throw;
  }
}

KqueueWaker::~KqueueWaker() { close_pipe(); }

void KqueueWaker::wake() const noexcept {
  if (pipe_[1] >= 0) {
    // A full pipe is woken already.
    [[maybe_unused]] const auto written = ::write(pipe_[1], "", 1);
  } else {
    trigger();
  }
}

void KqueueWaker::drain() const {
  if (pipe_[0] < 0) return;
  std::array<char, 256> bytes;
  while (::read(pipe_[0], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) {
  }
}

// Some kernels define EVFILT_USER and do not have it, or it never fires: tried out.
bool KqueueWaker::works_by_user_event() const {
#ifdef EVFILT_USER
  const auto user = change(0, EVFILT_USER, EV_ADD | EV_ENABLE | EV_CLEAR, token);
  if (poll_kevent(kqueue_, {&user, 1}) < 0) return false;
  trigger();
  Event event{};
  if (poll_kevent(kqueue_, {}, {&event, 1}) == 1 && event.filter == user.filter && !is_error(event)) return true;
  const auto gone = change(0, EVFILT_USER, EV_DELETE, token);
  poll_kevent(kqueue_, {&gone, 1});
#endif
  return false;
}

void KqueueWaker::trigger() const noexcept {
#ifdef EVFILT_USER
  // Flags of 0: EV_ADD would not fire on FreeBSD, EV_CLEAR would cancel it there.
  const auto event = change(0, EVFILT_USER, 0, token, NOTE_TRIGGER);
  while (poll_kevent(kqueue_, {&event, 1}) < 0 && errno == EINTR) {
  }
#endif
}

void KqueueWaker::open_pipe() {
  if (::pipe(pipe_.data()) != 0) throw_last_error("pipe");
  for (const int end : pipe_) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  const auto reading = change(pipe_[0], EVFILT_READ, EV_ADD | EV_ENABLE, token);
  if (poll_kevent(kqueue_, {&reading, 1}) < 0) throw_last_error("kevent");
}

void KqueueWaker::close_pipe() const {
  for (const int end : pipe_) {
    if (end >= 0) ::close(end);
  }
}

}  // namespace eddy::driver

#endif
