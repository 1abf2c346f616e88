#include "reactor/owned_socket.h"

#include "reactor/driver/socket_calls.h"

namespace eddy {

OwnedSocket::~OwnedSocket() {
  if (socket_ != driver::no_socket) driver::close(socket_);
}

}  // namespace eddy
