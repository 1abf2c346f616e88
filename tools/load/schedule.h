// Schedule: when each message of the open model is to be sent. Fixed before the first one, by rate, arrival and seed
// alone, on the connections in turn, so that no two of them send at the same instant. What the server does, or how late
// the generator is, moves no later message.
//
//   fixed    message k is due at start + k / rate
//   burst:N  the N messages of a burst are all due when the first of them is
//   poisson  message 0 is due at the start, each later one an exponentially distributed gap after the one before
//
// Several loops that share one schedule take its messages in turn (Share); together they send exactly the whole.
#pragma once

#include <reactor/time.h>

#include <cstddef>
#include <cstdint>

#include "arrival.h"
#include "share.h"
#include "stream_pattern.h"

namespace load {

class Schedule {
 public:
  // `rate` in messages per second, more than 0, over `connections`, at least 1. A poisson schedule is walked once to
  // its end to count it: some 10 ns a message.
  Schedule(eddy::TimePoint start, double rate, std::size_t connections, eddy::Duration duration, Arrival arrival = {},
           std::uint64_t seed = 1, Share share = {});

  void begin_at(eddy::TimePoint start) { start_ = start; }

  // Of this share; messages are numbered from 0.
  std::uint64_t total() const { return total_; }     // messages due before the duration is over
  eddy::TimePoint due(std::uint64_t message) const;  // poisson: cheap in rising order
  std::uint64_t due_by(eddy::TimePoint now) const;   // how many are due at `now` or before
  std::size_t connection(std::uint64_t message) const { return static_cast<std::size_t>(message % connections_); }

 private:
  double offset(std::uint64_t item) const;  // in nanoseconds from the start
  double poisson(std::uint64_t item) const;
  double gap(std::uint64_t item) const;

  eddy::TimePoint start_;
  double nanoseconds_each_;
  std::size_t connections_;
  Arrival arrival_;
  StreamPattern random_;
  Share share_;
  std::uint64_t total_ = 0;

  struct Walk {  // how far the gaps are added up
    std::uint64_t item = 0;
    double nanoseconds = 0;
  };
  mutable Walk walk_;
};

// Poisson schedules are not made longer.
inline constexpr std::uint64_t longest_poisson = 100'000'000;

}  // namespace load
