#include "reactor/driver/taken_socket.h"

#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/descriptor_passing.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

bool was_connected(NativeSocket socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  // A connection that has ended, and of whose end nobody has been told yet, counts as connected: its end comes to
  // on_close.
  return ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0 ||
         !peer_address_of(socket, true).is_unnamed();
}

}  // namespace

std::error_code prepare_taken(NativeSocket socket, Role role, Address& local, bool wants_descriptors) {
  start_sockets();
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size) != 0) return last_error();
  if (name.ss_family != AF_INET && name.ss_family != AF_INET6 && name.ss_family != AF_UNIX) {
    return std::make_error_code(std::errc::address_family_not_supported);
  }
  const bool stream = role != Role::datagrams;
  const bool listens = stream && option_value(socket, SOL_SOCKET, SO_ACCEPTCONN) != 0;
  if (option_value(socket, SOL_SOCKET, SO_TYPE) != (stream ? SOCK_STREAM : SOCK_DGRAM) ||
      listens != (role == Role::listening)) {
    return std::make_error_code(std::errc::invalid_argument);
  }
  if (role == Role::connected && !was_connected(socket)) return std::make_error_code(std::errc::not_connected);
  local = local_address_of(socket, stream);
  if (name.ss_family == AF_UNIX) allow_attaching(socket, wants_descriptors);
  if (role == Role::datagrams) separate_received(socket);
  return make_ours(socket);
}

}  // namespace eddy::driver
