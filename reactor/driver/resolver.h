// Names, looked up by the system's resolver, which blocks.
#pragma once

#include <string>
#include <system_error>

#include "reactor/driver/sockaddr.h"

namespace eddy::driver {

// getaddrinfo; the caller owns what was found.
std::error_code look_up(const std::string& host, const std::string& port, const addrinfo& hints, addrinfo** found);

}  // namespace eddy::driver
