// Schedule: when each message of the open model is to be sent. Fixed before the first one: message k is due at
// start + k / rate, on the connections in turn, so that each sends at an even pace and no two at the same instant. What
// the server does, or how late the generator is, moves no later message.
#pragma once

#include <reactor/time.h>

#include <cstddef>
#include <cstdint>

namespace load {

class Schedule {
 public:
  // `rate` in messages per second, more than 0, over `connections`, at least 1.
  Schedule(eddy::TimePoint start, double rate, std::size_t connections, eddy::Duration duration);

  std::uint64_t total() const { return total_; }  // messages due before `duration` is over
  eddy::TimePoint due(std::uint64_t message) const;
  std::uint64_t due_by(eddy::TimePoint now) const;  // how many are due at `now` or before
  std::size_t connection(std::uint64_t message) const { return static_cast<std::size_t>(message % connections_); }

 private:
  eddy::TimePoint start_;
  double nanoseconds_each_;
  std::size_t connections_;
  std::uint64_t total_;
};

}  // namespace load
