#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

std::error_code set_linger(NativeSocket socket, int seconds) {
  const linger value{1, seconds};
  if (setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof value) == 0) return {};
  return last_error();
}

std::error_code set_reuse_address(NativeSocket socket, bool on) {
  return on ? set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) : std::error_code();
}

std::error_code set_reuse_port(NativeSocket socket) { return set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1); }

std::error_code set_keep_alive(NativeSocket socket, int idle, int interval, int probes) {
  auto error = set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (!error) error = set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, idle);
  if (!error) error = set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, interval);
  if (!error) error = set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, probes);
  return error;
}

std::error_code set_fast_open_listening(NativeSocket socket, int backlog) {
  return set_option(socket, IPPROTO_TCP, TCP_FASTOPEN, backlog);
}

std::error_code set_fast_open_connecting(NativeSocket socket) {
  return set_option(socket, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
}

}  // namespace eddy::driver
