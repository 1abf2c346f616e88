// Sockets that were made elsewhere, and come into a driver.
#pragma once

#include <cstdint>
#include <system_error>

#include "reactor/address.h"
#include "reactor/driver/endpoint.h"

namespace eddy::driver {

enum class Role : std::uint8_t { connected, listening, datagrams };

// Checks that the socket is one of TCP, UDP or Unix for that role, and makes it non-blocking and close-on-exec. `local`
// gets its address. Peers may attach descriptors when these are wanted. invalid_argument: it is for something else;
// not_connected: it never was.
std::error_code prepare_taken(NativeSocket socket, Role role, Address& local, bool wants_descriptors = false);

}  // namespace eddy::driver
