// Waiting for a condition instead of for luck: turns loops until it holds, or fails the test at a generous deadline.
#pragma once

#include <gtest/gtest.h>
#include <reactor/loop.h>

#include <concepts>

namespace eddy::test {

inline constexpr Duration patience = std::chrono::seconds(20);

// Turns `loop` until `condition()` holds; false when it does not within `patience`.
template <std::predicate Condition>
[[nodiscard]] bool turn_until(Loop& loop, Condition condition, Duration within = patience) {
  const auto give_up = deadline_after(loop.clock(), within);
  while (!condition()) {
    if (loop.clock() >= give_up) return false;
    // Short turns, so that conditions that no event announces are noticed too.
    loop.run_once(std::min(give_up, deadline_after(loop.clock(), std::chrono::milliseconds(20))));
  }
  return true;
}

// Turns `loop` for so long, to show that something does not happen.
inline void turn_for(Loop& loop, Duration time) {
  const auto end = deadline_after(loop.clock(), time);
  while (loop.clock() < end) loop.run_once(end);
}

}  // namespace eddy::test
