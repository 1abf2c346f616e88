#include "reactor/driver/shortage.h"

#include <algorithm>
#include <thread>

namespace eddy::driver {
namespace {

constexpr Duration shortest_pause = std::chrono::milliseconds(1);
constexpr Duration longest_pause = std::chrono::milliseconds(50);

}  // namespace

bool Shortage::is(std::error_code error) {
  return error == std::errc::not_enough_memory || error == std::errc::resource_unavailable_try_again ||
         error == std::errc::device_or_resource_busy;
}

void Shortage::begin(std::error_code why, TimePoint now) {
  // One that comes back soon goes on where it was.
  if (!why_ && now > retry_at_ + longest_pause) next_pause_ = shortest_pause;
  why_ = why;
  retry_at_ = deadline_after(now, next_pause_);
  next_pause_ = std::min(2 * next_pause_, longest_pause);
}

void Shortage::sleep(TimePoint deadline) const { std::this_thread::sleep_until(std::min(deadline, retry_at_)); }

}  // namespace eddy::driver
