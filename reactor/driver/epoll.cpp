// epoll(7). Connections are registered once, edge-triggered for both directions, and never touched again: the kernel
// forgets a descriptor that is closed, and so the whole life of a connection costs one epoll_ctl.

#ifdef __linux__

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "reactor/driver/fork_mark.h"
#include "reactor/driver/poller.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

using EpollEvents = std::array<epoll_event, 256>;

// epoll_pwait2(2) by its number: musl and glibc before 2.35 have no function for it, and the kernel's time has 64 bits
// on every machine.
int wait_nanoseconds(int epoll, EpollEvents& ready, int room, Duration timeout) {
#ifdef __NR_epoll_pwait2
  struct {
    std::int64_t seconds;
    std::int64_t nanoseconds;
  } time{};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  time.seconds = seconds.count();
  time.nanoseconds = (timeout - seconds).count();
  return static_cast<int>(syscall(__NR_epoll_pwait2, epoll, ready.data(), room, &time, nullptr, std::size_t{0}));
#else  // headers from before Linux 5.11
  errno = ENOSYS;
  return -1;
#endif
}

class Epoll final : public Poller {
 public:
  Epoll() { open(); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;
  ~Epoll() override {
    ::close(wake_);
    ::close(epoll_);
  }

  std::string_view name() const override { return "epoll"; }
  bool edge_triggered() const override { return true; }

  std::error_code add(NativeSocket socket, std::uint64_t token, Interests interests) override {
    return control(EPOLL_CTL_ADD, socket, token, interests);
  }
  void modify(NativeSocket socket, std::uint64_t token, Interests interests) override {
    control(EPOLL_CTL_MOD, socket, token, interests);
  }
  void remove(NativeSocket socket) override {
    if (owner_.in_child()) return;  // the set is the parent's, too
    epoll_event unused{};           // kernels before 2.6.9 want one
    epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, &unused);
  }
  void closing(NativeSocket /*socket*/) override {}

  std::size_t wait(std::span<PollEvent> events, Duration timeout) override {
    const int room = static_cast<int>(std::min(events.size(), ready_.size()));
    const int count = enter(room, timeout);
    if (count < 0) {
      if (errno == EINTR) return 0;
      throw_last_error("epoll_wait");
    }
    std::size_t used = 0;
    for (int i = 0; i < count; ++i) {
      const auto& event = ready_[static_cast<std::size_t>(i)];
      if (event.data.u64 == wake_token) continue;
      events[used++] = {.token = event.data.u64,
                        .read = (event.events & EPOLLIN) != 0,
                        .write = (event.events & EPOLLOUT) != 0,
                        .end = (event.events & (EPOLLRDHUP | EPOLLPRI)) != 0,
                        .error = (event.events & EPOLLERR) != 0,
                        .hangup = (event.events & EPOLLHUP) != 0};
    }
    return used;
  }

  void wake() noexcept override {
    const std::uint64_t one = 1;
    // It fails only when 2^64 - 2 wakes are pending: then one more is not missed.
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  }
  std::optional<int> descriptor() const override { return epoll_; }

  void restart_in_child() override {
    const int parents_epoll = epoll_;
    const int parents_wake = wake_;
    open();
    ::close(parents_wake);
    ::close(parents_epoll);
    owner_ = ForkMark();
  }

 private:
  static constexpr std::uint64_t wake_token = 0;  // no Id has generation 0

  void open() {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) throw_last_error("epoll_create1");
    const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0) {
      const int error = errno;
      ::close(epoll);
      throw std::system_error(error, std::system_category(), "eventfd");
    }
    // Edge-triggered, the event descriptor never needs to be read: each write is a new edge.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = wake_token;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) != 0) {
      const int error = errno;
      ::close(wake);
      ::close(epoll);
      throw std::system_error(error, std::system_category(), "epoll_ctl");
    }
    epoll_ = epoll;
    wake_ = wake;
  }

  std::error_code control(int operation, NativeSocket socket, std::uint64_t token, Interests interests) {
    if (owner_.in_child()) return std::make_error_code(std::errc::operation_not_permitted);
    epoll_event event{};
    if ((interests & want_read) != 0) event.events |= EPOLLIN | EPOLLRDHUP;
    if ((interests & want_write) != 0) event.events |= EPOLLOUT;
    if ((interests & want_edge) != 0) event.events |= EPOLLET | EPOLLPRI;
    if ((interests & want_exclusive) != 0) {
      // EPOLLRDHUP is not allowed beside it, nor is EPOLL_CTL_MOD (epoll_ctl(2)).
      event.events = (event.events & ~static_cast<unsigned>(EPOLLRDHUP)) | EPOLLEXCLUSIVE;
    }
    event.data.u64 = token;
    if (epoll_ctl(epoll_, operation, socket, &event) == 0) return {};
    return {errno, std::system_category()};
  }

  int enter(int room, Duration timeout) {
    if (timeout == unlimited) return epoll_wait(epoll_, ready_.data(), room, -1);
    if (timeout <= Duration::zero()) return epoll_wait(epoll_, ready_.data(), room, 0);
    if (nanoseconds_) {
      const int count = wait_nanoseconds(epoll_, ready_, room, timeout);
      // Linux before 5.11 does not have it; a seccomp filter older than it may say EPERM.
      if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
      nanoseconds_ = false;
    }
    return epoll_wait(epoll_, ready_.data(), room, whole_milliseconds(timeout));
  }

  int epoll_ = -1;
  int wake_ = -1;
  ForkMark owner_;
  bool nanoseconds_ = true;
  EpollEvents ready_;
};

}  // namespace

std::unique_ptr<Poller> make_epoll_poller() { return std::make_unique<Epoll>(); }

}  // namespace eddy::driver

#endif
