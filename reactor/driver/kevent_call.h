// kevent(2), where systems differ: the types of its fields and counts, and the times that it takes.
#pragma once

#include <sys/types.h>
// After it, on older systems.
#include <sys/event.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <span>
#include <system_error>

#include "reactor/time.h"

namespace eddy::driver {

using Event = struct kevent;
using Filter = decltype(Event::filter);  // short, or uint32_t on NetBSD

static_assert(sizeof(Event::udata) == sizeof(std::uint64_t), "udata carries an Id's token");

// Every change carries the token: modifying, NOTE_TRIGGER included, overwrites udata.
inline Event change(int descriptor, Filter filter, unsigned flags, std::uint64_t token, unsigned filter_flags = 0,
                    int data = 0) {
  Event event{};
  event.ident = static_cast<decltype(event.ident)>(descriptor);
  event.filter = filter;
  event.flags = static_cast<decltype(event.flags)>(flags);
  event.fflags = static_cast<decltype(event.fflags)>(filter_flags);
  event.data = data;
  event.udata = std::bit_cast<decltype(event.udata)>(token);
  return event;
}

inline std::uint64_t token_of(const Event& event) { return std::bit_cast<std::uint64_t>(event.udata); }

// FreeBSD puts EV_ERROR in the place of the flags, macOS adds it.
inline bool is_error(const Event& event) { return (event.flags & EV_ERROR) != 0; }

// The counts are int, and size_t on NetBSD.
template <class Count>
int call(int (*function)(int, const Event*, Count, Event*, Count, const timespec*), int queue,
         std::span<const Event> changes, std::span<Event> events, const timespec* time) {
  return function(queue, changes.data(), static_cast<Count>(changes.size()), events.data(),
                  static_cast<Count>(events.size()), time);
}

// Without a time it waits for ever.
inline int enter_kevent(int queue, std::span<const Event> changes, std::span<Event> events, const timespec* time) {
  return call(&::kevent, queue, changes, events, time);
}

// Makes the changes, or looks for events, and does not wait.
inline int poll_kevent(int queue, std::span<const Event> changes, std::span<Event> events = {}) {
  constexpr timespec no_time{};
  return enter_kevent(queue, changes, events, &no_time);
}

// Kernels count in units of their own and may round down to them: whole microseconds come out whole. NetBSD and
// OpenBSD refuse a time of years.
inline timespec time_for(Duration timeout) {
  const auto time = std::clamp<std::chrono::microseconds>(std::chrono::ceil<std::chrono::microseconds>(timeout),
                                                          std::chrono::microseconds(0), std::chrono::hours(24));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timespec result{};
  result.tv_sec = static_cast<decltype(result.tv_sec)>(seconds.count());
  result.tv_nsec = static_cast<decltype(result.tv_nsec)>(std::chrono::nanoseconds(time - seconds).count());
  return result;
}

}  // namespace eddy::driver
