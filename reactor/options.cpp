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
  if (options.local_ports &&
      (options.local_ports->first == 0 || options.local_ports->first > options.local_ports->last)) {
    throw std::system_error(
        std::make_error_code(std::errc::invalid_argument),
        "SocketOptions::local_ports: expected a first port of at least 1, and no last one below it");
  }
}

void check(const UnixFileOptions& options) {
  if (options.mode && *options.mode > 0777) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "UnixFileOptions::mode: expected permission bits, from 0 to 0777");
  }
}

}  // namespace eddy
