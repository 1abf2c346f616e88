// Clock: the time as items know it, in seconds.
#pragma once

#include <reactor/time.h>

#include <cstdint>

namespace cache {

// Since a little before the server's start, so that 0 and 1 are in the past. Follows the monotonic clock.
using Seconds = std::uint32_t;

inline constexpr Seconds never_expires = 0;
inline constexpr Seconds long_ago = 1;

class Clock {
 public:
  explicit Clock(eddy::TimePoint started) : started_(started) {}

  Seconds at(eddy::TimePoint time) const {
    return 2 + static_cast<Seconds>(std::chrono::duration_cast<std::chrono::seconds>(time - started_).count());
  }

  // An expiry as clients send it: 0 is never, a negative one has passed, up to 30 days it counts from now, and above
  // that it is Unix time, for which the wall clock is asked.
  static Seconds expiry(std::int32_t exptime, Seconds now);

 private:
  eddy::TimePoint started_;
};

}  // namespace cache
