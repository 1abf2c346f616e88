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

std::error_code set_local_ports(NativeSocket socket, std::uint16_t first, std::uint16_t last) {
  const auto range = std::uint32_t{last} << 16 | first;
  const auto error = local_ports_option == none
                         ? std::make_error_code(std::errc::no_protocol_option)
                         : set_option(socket, IPPROTO_IP, local_ports_option, static_cast<int>(range));
  return error == std::errc::no_protocol_option ? std::make_error_code(std::errc::operation_not_supported) : error;
}

std::error_code set_keep_alive(NativeSocket socket, int idle, int interval, int probes) {
  auto error = set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (!error) error = set_if_there(socket, IPPROTO_TCP, keep_idle_option, idle);
  if (!error) error = set_if_there(socket, IPPROTO_TCP, keep_interval_option, interval);
  if (!error) error = set_if_there(socket, IPPROTO_TCP, keep_probes_option, probes);
  return error;
}

void set_fast_open_listening(NativeSocket socket, int backlog) {
  set_if_there(socket, IPPROTO_TCP, fast_open_option, fast_open_counts ? backlog : 1);
}

void set_fast_open_connecting(NativeSocket socket) { set_if_there(socket, IPPROTO_TCP, fast_open_connect_option, 1); }

bool accepted_forget_reset(NativeSocket listening) {
  if constexpr (accepted_inherit_linger) return false;
  linger value{};
  socklen_t size = sizeof value;
  return ::getsockopt(listening, SOL_SOCKET, SO_LINGER, &value, &size) == 0 && value.l_onoff != 0 &&
         value.l_linger == 0;
}

// No memory is reserved by it.
void make_room_for_datagrams(NativeSocket socket, bool receiving, bool sending) {
  if constexpr (!buffers_limit_datagrams) return;
  constexpr int longest = 65535;
  const auto raise = [&](int option, int least) {
    if (option_value(socket, SOL_SOCKET, option) < least) set_option(socket, SOL_SOCKET, option, least);
  };
  if (receiving) raise(SO_RCVBUF, 2 * longest);
  if (sending) raise(SO_SNDBUF, longest);
}

#ifdef SO_PEERNAME
// Linux: getsockopt takes no more room than the address needs.
Address former_peer_of(NativeSocket socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return {};
  if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return {};
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERNAME, &peer, &size) != 0) return {};
  return Address::from_native(Transport::tcp, &peer, size);
}
#else
Address former_peer_of(NativeSocket /*socket*/) { return {}; }
#endif

}  // namespace eddy::driver
