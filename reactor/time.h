// Time as the loop counts it: monotonic nanoseconds. The wall clock never takes part (contract 8), and a simulated
// driver may supply the clock.
#pragma once

#include <chrono>

namespace eddy {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// A deadline that does not come, and a time-out that is switched off.
inline constexpr TimePoint never = TimePoint::max();
inline constexpr Duration unlimited = Duration::max();

// `start + delay`, without overflow: an unlimited delay gives `never`, a negative one gives `start`.
constexpr TimePoint deadline_after(TimePoint start, Duration delay) {
  if (delay <= Duration::zero()) return start;
  return delay >= never - start ? never : start + delay;
}

}  // namespace eddy
