// ListenOptions and SocketOptions, where systems differ in how it is said. A port that cannot be shared is
// operation_not_supported, and so is a range of ports where there is none. What keep-alive cannot be told is left to
// the system, and fast open, which only saves time, is left out where it cannot be had.
#pragma once

#include <cstdint>
#include <system_error>

#include "reactor/address.h"
#include "reactor/driver/endpoint.h"

namespace eddy::driver {

std::error_code set_reuse_address(NativeSocket socket, bool on);
std::error_code set_reuse_port(NativeSocket socket);
std::error_code set_local_ports(NativeSocket socket, std::uint16_t first, std::uint16_t last);
std::error_code set_keep_alive(NativeSocket socket, int idle, int interval, int probes);  // seconds
void set_fast_open_listening(NativeSocket socket, int backlog);                           // after listen
void set_fast_open_connecting(NativeSocket socket);
// Whether what this socket accepts is to reset its connection when it is closed, and has to be told so itself: with the
// kernels of macOS, NetBSD and OpenBSD a TCP socket that is accepted does not have the SO_LINGER of the listening one.
bool accepted_forget_reset(NativeSocket listening);
// So that datagrams of every length that UDP has may be received and sent, by buffers left to the system.
void make_room_for_datagrams(NativeSocket socket, bool receiving, bool sending);
// The peer of a TCP connection that has ended: a reset one, for instance, of which getpeername(2) says that it is not
// connected. Unnamed where the system does not know.
Address former_peer_of(NativeSocket socket);

}  // namespace eddy::driver
