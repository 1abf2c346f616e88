// Socket calls: what differs between Unix systems and Windows, under one name each. Non-blocking and close-on-exec from
// the start, no SIGPIPE, EINTR retried. The implementation is socket_calls_posix.cpp or its sibling of another system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/driver/endpoint.h"
#include "reactor/owned_socket.h"

namespace eddy::driver {

using eddy::OwnedDescriptor;
using eddy::OwnedSocket;

// Once before the first call, where the system wants that; done by open_socket.
void start_sockets();

// A code of the system's, comparable with std::errc.
std::error_code system_error_code(std::uint32_t code);
// What the last call that failed said.
std::error_code last_error();
[[noreturn]] inline void throw_last_error(const char* what) { throw std::system_error(last_error(), what); }
// The same, for a call that sends: systems differ in what they say then.
std::error_code send_error(NativeSocket socket);
// What a call says when the peer has reset the connection.
std::error_code reset_error();
// Would another try later succeed: EAGAIN and EWOULDBLOCK.
bool would_block(std::error_code error);
// No descriptors, memory or buffers left: EMFILE, ENFILE, ENOBUFS, ENOMEM.
bool exhausted(std::error_code error);

// Whether the error says that the connection has ended: then no more input comes than what has arrived already.
bool ends_connection(std::error_code error);

// setsockopt and getsockopt; for options that are an int. 0 for one that cannot be read.
std::error_code set_option(NativeSocket socket, int level, int option, int value);
int option_value(NativeSocket socket, int level, int option);

OwnedSocket open_socket(const Address& address, std::error_code& error);

std::error_code bind(NativeSocket socket, const Address& address);
std::error_code listen(NativeSocket socket, int backlog);

// Makes a socket that somebody else has opened as if open_socket had.
std::error_code make_ours(NativeSocket socket);

// Another descriptor of the same socket.
OwnedSocket duplicate(NativeSocket socket, std::error_code& error);

NativeSocket accept(NativeSocket listening, std::error_code& error);

// Begins to connect; `pending` when the outcome comes later, as connect_result. EAGAIN: a Unix listener's backlog is
// full.
std::error_code connect(NativeSocket socket, const Address& to, bool& pending);
std::error_code connect_result(NativeSocket socket);

// Of one send.
inline constexpr std::size_t most_pieces = 64;

// Bytes moved; 0 from receive is the peer's FIN when `error` is empty.
std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::error_code& error);
// With `attached`, of a Unix stream: together with the first byte.
std::size_t send(NativeSocket socket, std::span<const Bytes> pieces, std::error_code& error,
                 std::span<const OwnedDescriptor> attached = {});
// Whether there is input that a receive would bring.
bool has_unread(NativeSocket socket);
std::error_code shutdown_output(NativeSocket socket);
// Behind shutdown_output of a TCP connection: bytes that the peer has not acknowledged; 0 where the system does not
// tell.
std::size_t unacknowledged_output(NativeSocket socket);
void reset_on_close(NativeSocket socket);
void close(NativeSocket socket) noexcept;

// A descriptor kept in reserve: closed to accept and close one connection when there are no others (contract 10).
class ReserveDescriptor {
 public:
  ReserveDescriptor();
  ~ReserveDescriptor();
  ReserveDescriptor(const ReserveDescriptor&) = delete;
  ReserveDescriptor& operator=(const ReserveDescriptor&) = delete;

  // Accepts one waiting connection and closes it. False when that did not succeed.
  bool shed_one(NativeSocket listening);

 private:
  int descriptor_ = -1;
};

}  // namespace eddy::driver
