#include "reactor/driver/socket_options_posix.h"

#include "reactor/driver/socket_calls.h"
#include "reactor/driver/socket_options.h"

namespace eddy::driver {
namespace {

std::error_code set_if_there(NativeSocket socket, int level, int option, int value) {
  return option == none ? std::error_code() : set_option(socket, level, option, value);
}

}  // namespace

std::error_code set_reuse_address(NativeSocket socket, bool on) {
  return on ? set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) : std::error_code();
}

std::error_code set_reuse_port(NativeSocket socket) {
  return reuse_port_option == none ? std::make_error_code(std::errc::operation_not_supported)
                                   : set_option(socket, SOL_SOCKET, reuse_port_option, 1);
}

std::error_code set_keep_alive(NativeSocket socket, int idle, int interval, int probes) {
  auto error = set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (!error) error = set_if_there(socket, IPPROTO_TCP, keep_idle_option, idle);
  if (!error) error = set_if_there(socket, IPPROTO_TCP, keep_interval_option, interval);
  if (!error) error = set_if_there(socket, IPPROTO_TCP, keep_probes_option, probes);
  return error;
}

std::error_code set_fast_open_listening(NativeSocket socket, int backlog) {
  return set_if_there(socket, IPPROTO_TCP, fast_open_option, backlog);
}

std::error_code set_fast_open_connecting(NativeSocket socket) {
  return set_if_there(socket, IPPROTO_TCP, fast_open_connect_option, 1);
}

}  // namespace eddy::driver
