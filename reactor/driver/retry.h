// retry: repeats a system call that a signal interrupted. Not for close(2), after which the descriptor is gone in any
// case.
#pragma once

#include <cerrno>

namespace eddy::driver {

// Calls `call()` until it answers something else than -1 with EINTR.
template <class Call>
auto retry(Call&& call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace eddy::driver
