// What becomes of a turn whose wait has failed. For Unix systems.
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <system_error>

#include "reactor/driver/poller.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/time.h"

namespace eddy::driver {

// Returns when the loop may turn on without an event: at once after a signal, and after 10 ms (or `timeout`, if that is
// shorter) when the kernel has no memory to wait with. Else throws std::system_error, which names `call`: no later wait
// would succeed.
inline void after_failed_wait(std::error_code error, const char* call, Duration timeout) {
  if (error == std::errc::interrupted) return;
  if (!would_block(error) && !exhausted(error)) throw std::system_error(error, call);
  const auto pause = std::clamp<Duration>(timeout, Duration::zero(), std::chrono::milliseconds(10));
  ::poll(nullptr, 0, whole_milliseconds(pause));
}

}  // namespace eddy::driver
