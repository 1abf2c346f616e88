// Sockets, opened with their settings: options by name, addresses bound, a stale Unix socket file replaced.
#pragma once

#include <system_error>
#include <utility>

#include "reactor/address.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_path.h"
#include "reactor/options.h"

namespace eddy::driver {

// A socket and, when it is bound to a path, the file that its bind has made: both go, unless they are released.
class BoundSocket : public OwnedSocket {
 public:
  BoundSocket() = default;
  explicit BoundSocket(OwnedSocket socket) : OwnedSocket(std::move(socket)) {}

  UnixPath path;
};

// socket, options, bind, listen. A stale Unix socket file is replaced. For `*` without IPv6 on the machine: IPv4 alone.
// `local` gets the real address. Peers of a Unix socket may attach descriptors when these are wanted.
BoundSocket open_listening(Address& local, const ListenOptions& options, std::error_code& error,
                           bool wants_descriptors = false);
BoundSocket open_datagram(Address& local, const DatagramOptions& options, std::error_code& error);

// A socket that is ready to connect to `to`, from `source` unless that is null.
BoundSocket open_connecting(const Address& to, const Address* source, const SocketOptions& options,
                            std::error_code& error, bool wants_descriptors = false);

Address local_address_of(NativeSocket socket, bool stream);
// Checks a connect that the system says has succeeded: a TCP socket that is connected to itself is refused, and
// will leave nothing behind (TIME_WAIT) when it is closed.
std::error_code check_connected(NativeSocket socket, bool is_tcp);
// Also when the connection has broken or ended by now, where the system still knows (socket_options.h).
Address peer_address_of(NativeSocket socket, bool stream);

}  // namespace eddy::driver
