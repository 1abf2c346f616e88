#include "schedule.h"

#include <cmath>

namespace load {

Schedule::Schedule(eddy::TimePoint start, double rate, std::size_t connections, eddy::Duration duration)
    : start_(start),
      nanoseconds_each_(1e9 / rate),
      connections_(connections),
      // The tolerance is for products such as 0.1 s at 30/s, that binary fractions put just above a whole number.
      total_(static_cast<std::uint64_t>(std::ceil(static_cast<double>(duration.count()) * rate / 1e9 - 1e-6))) {
  if (total_ == 0) total_ = 1;
}

eddy::TimePoint Schedule::due(std::uint64_t message) const {
  return start_ +
         eddy::Duration(static_cast<eddy::Duration::rep>(std::ceil(static_cast<double>(message) * nanoseconds_each_)));
}

std::uint64_t Schedule::due_by(eddy::TimePoint now) const {
  if (now < start_) return 0;
  const auto guess = static_cast<double>((now - start_).count()) / nanoseconds_each_;
  auto count = guess < static_cast<double>(total_) ? static_cast<std::uint64_t>(guess) : total_;
  // The quotient is rounded, and so is due(), whose word counts.
  while (count > 0 && due(count - 1) > now) --count;
  while (count < total_ && due(count) <= now) ++count;
  return count;
}

}  // namespace load
