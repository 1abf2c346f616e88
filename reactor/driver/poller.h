// Poller: a readiness interface of an operating system, for ReadinessDriver. One fixed set of operations; each poller
// is a file of its own (epoll, iocp, kqueue, poll).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "reactor/driver/endpoint.h"
#include "reactor/time.h"

namespace eddy::driver {

// What to report of a descriptor.
using Interests = std::uint8_t;
inline constexpr Interests want_read = 1;
inline constexpr Interests want_write = 2;
inline constexpr Interests want_edge = 4;     // one report per change instead of one per wait while it lasts
inline constexpr Interests want_foreign = 8;  // of somebody else's descriptor, which may be anything
inline constexpr Interests want_exclusive =
    16;  // several pollers have it: one of them is enough, where that can be had

struct PollEvent {
  std::uint64_t token = 0;
  bool read = false;
  bool write = false;
  bool end = false;        // the peer has ended its side, or sent urgent data, at which a read stops short (tcp(7)):
                           // from now on only a read that would block has emptied the socket
  bool error = false;      // an error is pending
  bool hangup = false;     // both sides have ended
  std::uint16_t code = 0;  // the error, where it is told with the event
};

class Poller {
 public:
  virtual ~Poller() = default;

  virtual std::string_view name() const = 0;
  // Whether want_edge is honoured. Without it Edges changes the interest when it wants less or more.
  virtual bool edge_triggered() const = 0;

  virtual std::error_code add(NativeSocket socket, std::uint64_t token, Interests interests) = 0;
  // The descriptor was added before, so this cannot fail.
  virtual void modify(NativeSocket socket, std::uint64_t token, Interests interests) = 0;
  // The descriptor stays open: it is somebody else's.
  virtual void remove(NativeSocket socket) = 0;
  // The descriptor is about to be closed, and nobody else has it open.
  virtual void closing(NativeSocket socket) = 0;

  // Waits at most `timeout` (unlimited: for ever; 0: not at all), never less long than that unless something is ready.
  // Answers how many events it wrote; none after a wake or a signal. Throws std::system_error when it cannot work at
  // all.
  virtual std::size_t wait(std::span<PollEvent> events, Duration timeout) = 0;

  // Any thread and signal handlers.
  virtual void wake() noexcept = 0;
  virtual std::optional<int> descriptor() const { return {}; }

  // In a forked child, where until then add() fails, and nothing but add() touches what is the parent's, too: begins
  // with an empty list of its own. Throws std::system_error, and may be called again then.
  virtual void restart_in_child() {}
};

// For interfaces that count in coarser steps: rounded up, so that nobody is woken early to find nothing due.
inline int whole_milliseconds(Duration timeout) {
  if (timeout == unlimited) return -1;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  constexpr long longest = 24L * 60 * 60 * 1000;
  return static_cast<int>(milliseconds < longest ? milliseconds : longest);
}

// Throw std::system_error when the system does not have it.
std::unique_ptr<Poller> make_epoll_poller();
std::unique_ptr<Poller> make_iocp_poller();
std::unique_ptr<Poller> make_kqueue_poller();
std::unique_ptr<Poller> make_poll_poller();

}  // namespace eddy::driver
