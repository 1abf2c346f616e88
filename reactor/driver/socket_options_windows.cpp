#include "reactor/driver/socket_options.h"

#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

// ws2ipdef.h has them since the SDK of Windows 10 1709; mingw-w64 does not yet.
constexpr int tcp_keep_idle = 3;
constexpr int tcp_keep_count = 16;
constexpr int tcp_keep_interval = 17;

}  // namespace

// Here SO_REUSEADDR would let others take a port over that is in use. What it is set for elsewhere, to bind although
// old connections are in TIME_WAIT, is what Windows does unasked; so the most that can be asked for is less.
std::error_code set_reuse_address(NativeSocket socket, bool on) {
  return on ? std::error_code() : set_option(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
}

std::error_code set_reuse_port(NativeSocket /*socket*/) { return system_error_code(WSAEOPNOTSUPP); }

std::error_code set_local_ports(NativeSocket /*socket*/, std::uint16_t /*first*/, std::uint16_t /*last*/) {
  return system_error_code(WSAEOPNOTSUPP);
}

std::error_code set_keep_alive(NativeSocket socket, int idle, int interval, int probes) {
  auto error = set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (!error) error = set_option(socket, IPPROTO_TCP, tcp_keep_idle, idle);
  if (!error) error = set_option(socket, IPPROTO_TCP, tcp_keep_interval, interval);
  if (!error) error = set_option(socket, IPPROTO_TCP, tcp_keep_count, probes);
  if (error != std::errc::no_protocol_option) return error;
  // Before Windows 10 1709 (and in Wine) there is only this, which leaves the number of probes to the system.
  tcp_keepalive values{1, static_cast<ULONG>(idle) * 1000, static_cast<ULONG>(interval) * 1000};
  DWORD size = 0;
  if (WSAIoctl(socket, SIO_KEEPALIVE_VALS, &values, sizeof values, nullptr, 0, &size, nullptr, nullptr) == 0) return {};
  return last_error();
}

// Needs ConnectEx on the client's side, which readiness has no use for.
void set_fast_open_listening(NativeSocket /*socket*/, int /*backlog*/) {}
void set_fast_open_connecting(NativeSocket /*socket*/) {}

// Here datagrams may be longer than the buffers.
void make_room_for_datagrams(NativeSocket /*socket*/, bool /*receiving*/, bool /*sending*/) {}

bool accepted_forget_reset(NativeSocket /*listening*/) { return false; }

// Windows has no such question; the driver remembers the peer (forgets_former_peers).
Address former_peer_of(NativeSocket /*socket*/) { return {}; }

}  // namespace eddy::driver
