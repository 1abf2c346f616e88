// ListenOptions and SocketOptions, where systems differ in how it is said. A port that cannot be shared is
// operation_not_supported. What keep-alive cannot be told is left to the system, and fast open, which only saves time,
// is left out.
#pragma once

#include <system_error>

#include "reactor/driver/endpoint.h"

namespace eddy::driver {

std::error_code set_reuse_address(NativeSocket socket, bool on);
std::error_code set_reuse_port(NativeSocket socket);
std::error_code set_keep_alive(NativeSocket socket, int idle, int interval, int probes);  // seconds
std::error_code set_fast_open_listening(NativeSocket socket, int backlog);
std::error_code set_fast_open_connecting(NativeSocket socket);

}  // namespace eddy::driver
