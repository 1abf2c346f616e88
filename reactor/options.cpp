#include "reactor/options.h"

#include <string>
#include <system_error>

#include "reactor/driver/datagram_options.h"

namespace eddy {
namespace {

void check_timeout(Duration timeout, const char* name) {
  if (timeout > Duration::zero()) return;
  throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                          name + std::string(": expected more than 0; eddy::unlimited is none"));
}

}  // namespace

void check(const SocketOptions& options) {
  if (options.linger && *options.linger != Duration::zero()) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "SocketOptions::linger: expected 0; closing lingers by ConnectionOptions::linger_timeout");
  }
  if (options.keep_alive && options.keep_alive->probes < 1) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "SocketOptions::keep_alive: expected at least one probe");
  }
  if (options.keep_alive) {
    check_timeout(options.keep_alive->idle, "SocketOptions::keep_alive.idle");
    check_timeout(options.keep_alive->interval, "SocketOptions::keep_alive.interval");
  }
  if (options.local_ports &&
      (options.local_ports->first == 0 || options.local_ports->first > options.local_ports->last)) {
    throw std::system_error(
        std::make_error_code(std::errc::invalid_argument),
        "SocketOptions::local_ports: expected a first port of at least 1, and no last one below it");
  }
}

void check(const ConnectionOptions& options) {
  check_timeout(options.idle_timeout, "ConnectionOptions::idle_timeout");
  check_timeout(options.write_stall_timeout, "ConnectionOptions::write_stall_timeout");
  check_timeout(options.max_lifetime, "ConnectionOptions::max_lifetime");
}

void check(const ConnectOptions& options) {
  check(options.socket);
  check(options.connection);
  check_timeout(options.timeout, "ConnectOptions::timeout");
}

void check(const DatagramOptions& options) {
  const auto expect = [](bool holds, const char* what) {
    if (!holds) throw std::system_error(std::make_error_code(std::errc::invalid_argument), what);
  };
  const auto within = [](std::optional<int> value, int least) { return !value || (*value >= least && *value <= 255); };
  expect(within(options.hop_limit, 1), "DatagramOptions::hop_limit: expected 1 to 255");
  expect(within(options.multicast_hop_limit, 0), "DatagramOptions::multicast_hop_limit: expected 0 to 255");
  if (options.multicast_interface) driver::checked_interface(*options.multicast_interface);
  check(options.unix_file);
}

void check(const UnixFileOptions& options) {
  if (options.mode && *options.mode > 0777) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "UnixFileOptions::mode: expected permission bits, from 0 to 0777");
  }
}

}  // namespace eddy
