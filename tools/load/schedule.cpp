#include "schedule.h"

#include <cmath>
#include <limits>

namespace load {
namespace {

// From the far end of the seed's random numbers: no connection has this number.
constexpr auto of_arrivals = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Schedule::Schedule(eddy::TimePoint start, double rate, std::size_t connections, eddy::Duration duration,
                   Arrival arrival, std::uint64_t seed, Share share)
    : start_(start),
      nanoseconds_each_(1e9 / rate),
      connections_(connections),
      arrival_(arrival),
      random_(seed, of_arrivals),
      share_(share) {
  // The tolerance is for products such as 0.1 s at 30/s, that binary fractions put just above a whole number.
  const auto expected = std::ceil(static_cast<double>(duration.count()) * rate / 1e9 - 1e-6);
  auto whole = expected < 1 ? 1 : static_cast<std::uint64_t>(expected);
  if (arrival.kind == Arrival::Kind::poisson) {
    const auto end = static_cast<double>(duration.count());
    for (whole = 1; poisson(whole) < end;) ++whole;
  }
  total_ = share.count(whole);
}

eddy::TimePoint Schedule::due(std::uint64_t message) const {
  return start_ + eddy::Duration(static_cast<eddy::Duration::rep>(std::ceil(offset(share_.item(message)))));
}

double Schedule::offset(std::uint64_t item) const {
  switch (arrival_.kind) {
    case Arrival::Kind::fixed: break;
    case Arrival::Kind::poisson: return poisson(item);
    case Arrival::Kind::burst: item -= item % arrival_.together; break;
  }
  return static_cast<double>(item) * nanoseconds_each_;
}

double Schedule::poisson(std::uint64_t item) const {
  if (item < walk_.item) walk_ = {};
  while (walk_.item < item) walk_.nanoseconds += gap(++walk_.item);
  return walk_.nanoseconds;
}

double Schedule::gap(std::uint64_t item) const {
  constexpr double two_to_53 = 9007199254740992.0;
  const auto uniform = (static_cast<double>(random_.word(item) >> 11) + 1) / two_to_53;  // above 0, at most 1
  return -std::log(uniform) * nanoseconds_each_;
}

std::uint64_t Schedule::due_by(eddy::TimePoint now) const {
  if (now < start_) return 0;
  std::uint64_t count = 0;
  if (arrival_.kind != Arrival::Kind::poisson) {
    const auto guess = static_cast<double>((now - start_).count()) / nanoseconds_each_ / static_cast<double>(share_.of);
    count = guess < static_cast<double>(total_) ? static_cast<std::uint64_t>(guess) : total_;
  }
  // The quotient is rounded, and so is due(), whose word counts.
  while (count > 0 && due(count - 1) > now) --count;
  while (count < total_ && due(count) <= now) ++count;
  return count;
}

}  // namespace load
