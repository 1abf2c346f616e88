#include "reactor/driver/socket_calls.h"

#include <algorithm>
#include <array>

namespace eddy::driver {

OwnedSocket::~OwnedSocket() {
  if (socket_ != no_socket) driver::close(socket_);
}

bool ends_connection(std::error_code error) {
  constexpr std::array ends{std::errc::connection_reset, std::errc::connection_aborted, std::errc::broken_pipe,
                            std::errc::timed_out,        std::errc::host_unreachable,   std::errc::network_unreachable};
  return std::any_of(ends.begin(), ends.end(), [=](std::errc end) { return error == end; });
}

}  // namespace eddy::driver
