// ThinkTime: what a connection of the closed model waits between an answer and its next request.
#pragma once

#include <reactor/callback.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstdint>

#include "ring.h"

namespace load {

class ThinkTime {
 public:
  using Ready = eddy::Callback<void(std::uint64_t requests)>;

  ThinkTime(eddy::Loop& loop, Ready ready);

  // Calls `ready` for so many requests in `time`; not before what was asked for earlier.
  void start(eddy::Duration time, std::uint64_t requests);

 private:
  struct Waiting {
    eddy::TimePoint until;
    std::uint64_t requests;
  };

  void expired();

  eddy::Loop& loop_;
  Ready ready_;
  Ring<Waiting> waiting_;  // in order
  eddy::Timer timer_;
};

}  // namespace load
