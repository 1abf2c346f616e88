// AcceptFailure says what a failed accept means for its acceptor; docs/errors.md says why.
#pragma once

#include <cstdint>
#include <system_error>

#include "reactor/driver/endpoint.h"

namespace eddy::driver {

enum class AcceptFailure : std::uint8_t {
  nobody_waits,
  one_is_gone,  // the error is about one connection: the next may be accepted at once
  lasting,      // the next accept would fail, too: the acceptor is to pause (Acceptor::accept_failed)
};

// `acceptor` counts how many connections in a row were gone: after 64 the cause is not the connections.
AcceptFailure accept_failure(Acceptor& acceptor, std::error_code error);

}  // namespace eddy::driver
