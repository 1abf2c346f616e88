// Pacer: carries a Schedule out. Never early; when it is late it sends at once all that is due, each message with the
// instant that was planned for it, and the schedule stays as it was.
#pragma once

#include <reactor/callback.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstdint>

#include "schedule.h"

namespace load {

class Pacer {
 public:
  // Called for each message on the loop's thread: its number, when it was due, and the time now.
  using Send = eddy::Callback<void(std::uint64_t message, eddy::TimePoint due, eddy::TimePoint now)>;

  // Starts at once; sends from the loop. `done` is called after the last message, not after stop().
  Pacer(eddy::Loop& loop, const Schedule& schedule, Send send, eddy::Callback<void()> done);

  void stop();

  std::uint64_t sent() const { return next_; }
  bool done() const { return next_ == schedule_.total(); }

 private:
  void send_due();

  eddy::Loop& loop_;
  Schedule schedule_;
  Send send_;
  eddy::Callback<void()> done_;
  eddy::Timer timer_;
  std::uint64_t next_ = 0;
};

}  // namespace load
