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

}  // namespace load
