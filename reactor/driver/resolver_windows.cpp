#include "reactor/driver/resolver.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

std::error_code look_up(const std::string& host, const std::string& port, const addrinfo& hints, addrinfo** found) {
  start_sockets();
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, found);
  return error == 0 ? std::error_code() : system_error_code(static_cast<std::uint32_t>(error));
}

}  // namespace eddy::driver
