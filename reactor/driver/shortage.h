// Shortage: the system had no memory for a driver's wait (ENOMEM, EAGAIN, EBUSY). That passes, so the wait is tried
// again: soon at first, then less often, and never in a busy loop.
#pragma once

#include <system_error>

#include "reactor/time.h"

namespace eddy::driver {

class Shortage {
 public:
  // Whether the error is one.
  static bool is(std::error_code error);

  void begin(std::error_code why, TimePoint now);
  void end() { why_ = {}; }

  // When to try again. In the past when there is no shortage.
  TimePoint retry_at() const { return retry_at_; }
  std::error_code why() const { return why_; }

  // Sleeps until it may be tried again, until `deadline` at most.
  void sleep(TimePoint deadline) const;

 private:
  TimePoint retry_at_ = TimePoint::min();
  Duration next_pause_{};
  std::error_code why_;
};

}  // namespace eddy::driver
