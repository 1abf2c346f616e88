// An eddy::Loop in a program that waits in poll(2).
#pragma once

#include <poll.h>
#include <reactor/loop.h>

#include <algorithm>
#include <chrono>
#include <vector>

// Waits for the descriptors of the program, for the loop, and `at_most` so long; then turns the loop. As poll(2) it
// fills `revents` and answers how many of `own` are ready, or -1. `loop` must have a descriptor (Loop::descriptor).
inline int poll_with(eddy::Loop& loop, std::vector<pollfd>& own, eddy::Duration at_most) {
  using std::chrono::milliseconds;
  const auto until_due = loop.next_deadline() - loop.clock();
  // Rounded up: a wait that ends before a timer is due is a wait for nothing.
  const auto wait = std::chrono::ceil<milliseconds>(std::clamp<eddy::Duration>(until_due, {}, at_most));
  own.push_back({*loop.descriptor(), POLLIN, 0});
  int ready = ::poll(own.data(), static_cast<nfds_t>(own.size()), static_cast<int>(wait.count()));
  if (ready > 0 && own.back().revents != 0) --ready;
  own.pop_back();
  loop.run_once(eddy::TimePoint::min());
  return ready;
}
