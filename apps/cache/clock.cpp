#include "clock.h"

#include <chrono>

namespace cache {

Seconds Clock::expiry(std::int32_t exptime, Seconds now) {
  static constexpr std::int32_t most_relative = 60 * 60 * 24 * 30;
  if (exptime == 0) return never_expires;
  if (exptime < 0) return long_ago;
  if (exptime <= most_relative) return now + static_cast<Seconds>(exptime);
  const auto unix_now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto left = std::int64_t{exptime} - unix_now.count();
  return left + now <= long_ago ? long_ago : static_cast<Seconds>(left + now);
}

}  // namespace cache
