// poll(2): on every Unix, and O(descriptors) per wait. The fallback, and the plainest example of a poller.
// Windows' own, WSAPoll, is not offered: before Windows 10 2004 it does not tell of a connect that failed.

#ifndef _WIN32

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reactor/driver/poller.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

class Poll final : public Poller {
 public:
  Poll() {
    open();
    poll_wake();
  }
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;
  ~Poll() override {
    ::close(wake_[0]);
    ::close(wake_[1]);
  }

  std::string_view name() const override { return "poll"; }
  bool edge_triggered() const override { return false; }

  std::error_code add(NativeSocket socket, std::uint64_t token, Interests interests) override {
    // poll(2) itself would report a bad one only as an event, again and again.
    if (::fcntl(socket, F_GETFD) < 0) return {errno, std::system_category()};
    try {
      if (polled_.size() == polled_.capacity()) polled_.reserve(2 * polled_.size() + 1);
      if (tokens_.size() == tokens_.capacity()) tokens_.reserve(2 * tokens_.size() + 1);
      if (!places_.try_emplace(socket, polled_.size()).second) return std::make_error_code(std::errc::file_exists);
    } catch (const std::bad_alloc&) {
      return std::make_error_code(std::errc::not_enough_memory);
    }
    polled_.push_back({socket, events_for(interests), 0});
    tokens_.push_back(token);
    return {};
  }

  void modify(NativeSocket socket, std::uint64_t token, Interests interests) override {
    const auto place = places_.find(socket);
    if (place == places_.end()) return;
    polled_[place->second].events = events_for(interests);
    tokens_[place->second] = token;
  }

  void remove(NativeSocket socket) override {
    const auto place = places_.find(socket);
    if (place == places_.end()) return;
    const auto index = place->second;
    places_.erase(place);
    if (index + 1 != polled_.size()) {
      polled_[index] = polled_.back();
      tokens_[index] = tokens_.back();
      places_[polled_[index].fd] = index;
    }
    polled_.pop_back();
    tokens_.pop_back();
  }
  void closing(NativeSocket socket) override { remove(socket); }

  std::size_t wait(std::span<PollEvent> events, Duration timeout) override {
    int count = ::poll(polled_.data(), static_cast<nfds_t>(polled_.size()), whole_milliseconds(timeout));
    if (count < 0) {
      if (errno == EINTR) return 0;
      throw_last_error("poll");
    }
    // Looks from a place that moves on, so that a full event list does not always cut off the same ones.
    std::size_t used = 0;
    const auto size = polled_.size();
    for (std::size_t i = 0; i < size && count > 0 && used < events.size(); ++i) {
      const auto index = (first_ + i) % size;
      const auto ready = polled_[index].revents;
      if (ready == 0) continue;
      --count;
      if (tokens_[index] == 0) {
        drain_wakes();
        continue;
      }
      events[used++] = {.token = tokens_[index],
                        .read = (ready & POLLIN) != 0,
                        .write = (ready & POLLOUT) != 0,
                        .end = false,
                        .error = (ready & (POLLERR | POLLNVAL)) != 0,
                        .hangup = (ready & POLLHUP) != 0};
      if (used == events.size()) first_ = index + 1;
    }
    return used;
  }

  void wake() noexcept override {
    // A full pipe is woken already.
    [[maybe_unused]] const auto written = ::write(wake_[1], "", 1);
  }

  void restart_in_child() override {
    const auto parents = wake_;
    open();
    for (const int end : parents) ::close(end);
    places_.clear();
    polled_.clear();
    tokens_.clear();
    poll_wake();
  }

 private:
  void open() {
    std::array<int, 2> ends;
    if (::pipe(ends.data()) != 0) throw_last_error("pipe");
    for (const int end : ends) {
      ::fcntl(end, F_SETFD, FD_CLOEXEC);
      ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    wake_ = ends;
  }

  // Else nothing could wake the loop.
  void poll_wake() {
    const auto error = add(wake_[0], 0, want_read);
    if (!error) return;
    for (const int end : std::exchange(wake_, {-1, -1})) ::close(end);
    throw std::system_error(error, "poll");
  }

  static short events_for(Interests interests) {
    short events = 0;
    if ((interests & want_read) != 0) events |= POLLIN;
    if ((interests & want_write) != 0) events |= POLLOUT;
    return events;
  }

  void drain_wakes() const {
    std::array<char, 256> bytes;
    while (::read(wake_[0], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) {
    }
  }

  std::array<int, 2> wake_{-1, -1};
  std::vector<pollfd> polled_;
  std::vector<std::uint64_t> tokens_;  // by the same index; 0 is the wake pipe
  std::unordered_map<int, std::size_t> places_;
  std::size_t first_ = 0;
};

}  // namespace

std::unique_ptr<Poller> make_poll_poller() { return std::make_unique<Poll>(); }

}  // namespace eddy::driver

#endif
