#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_probe.h"

namespace eddy::driver {

// By a datagram socket. Connecting one puts nothing into anybody's queue, and a stream's owner shows as EPROTOTYPE:
// kernels look at the type before they ask whether he listens, and whether his backlog is full (which the BSDs answer
// with the ECONNREFUSED that also means that there is nobody).
bool somebody_has_open(const Address& path) {
  const auto address = Address::from_native(Transport::unix_datagram, path.native(), path.native_size());
  std::error_code error;
  const auto probe = open_socket(address, error);
  bool pending = false;
  if (!error) error = connect(probe.get(), address, pending);
  return error != std::errc::connection_refused;
}

}  // namespace eddy::driver
