#include "reactor/driver/uring/notices.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace eddy::driver {
namespace {

void drain(int eventfd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(eventfd, &count, sizeof count);  // EAGAIN: there was nothing
}

int control(int set, int operation, int descriptor, unsigned events) {
  epoll_event event{};
  event.events = events;
  return epoll_ctl(set, operation, descriptor, &event);
}

}  // namespace

unsigned poll_events(Interest interest) {
  unsigned events = 0;
  if (interest == Interest::read || interest == Interest::both) events |= EPOLLIN | EPOLLRDHUP;
  if (interest == Interest::write || interest == Interest::both) events |= EPOLLOUT;
  return events;
}

Notices::Notices(Ring& ring, int wake)
    : set_(epoll_create1(EPOLL_CLOEXEC)), completions_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), wake_(wake) {
  try {
    if (set_ < 0 || completions_ < 0 || control(set_, EPOLL_CTL_ADD, completions_, EPOLLIN) != 0 ||
        control(set_, EPOLL_CTL_ADD, wake_, EPOLLIN) != 0) {
      throw std::system_error(errno, std::system_category(), "a descriptor for an outer loop");
    }
    ring.notify(completions_);
  } catch (...) {
    if (completions_ >= 0) ::close(completions_);
    if (set_ >= 0) ::close(set_);
    throw;
  }
}

Notices::~Notices() {
  ::close(completions_);
  ::close(set_);
}

void Notices::follow(int descriptor, Interest interest) {
  const auto events = poll_events(interest);
  // With no events a hang-up would still be told. A file that epoll refuses (EPERM) is always ready, and the ring says
  // so at once. In a set that has no memory for it (ENOMEM) the descriptor is told of by the ring alone.
  if (interest == Interest::none) {
    control(set_, EPOLL_CTL_DEL, descriptor, 0);
  } else if (control(set_, EPOLL_CTL_MOD, descriptor, events) != 0 && errno == ENOENT) {
    control(set_, EPOLL_CTL_ADD, descriptor, events);
  }
}

void Notices::clear() const {
  drain(completions_);
  drain(wake_);
}

}  // namespace eddy::driver
