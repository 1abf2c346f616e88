#include "reactor/options.h"

#include <system_error>

namespace eddy {

void check(const SocketOptions& options) {
  if (options.linger && *options.linger != Duration::zero()) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "SocketOptions::linger: expected 0; closing lingers by ConnectionOptions::linger_timeout");
  }
  if (options.keep_alive && options.keep_alive->probes < 1) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "SocketOptions::keep_alive: expected at least one probe");
  }
}

}  // namespace eddy
