// Pipes, FIFOs and terminals as streams: descriptors that are no sockets, and are read and written by read(2) and
// write(2). Of Unix systems; elsewhere nothing is one.
#pragma once

#include <cstddef>
#include <span>
#include <system_error>
#include <vector>

#include "reactor/bytes.h"
#include "reactor/driver/descriptor_passing.h"
#include "reactor/driver/endpoint.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

// Which directions it was opened for; none: it is no pipe, FIFO or terminal.
Interest pipe_directions(NativeSocket descriptor);

// As receive() and send() of sockets. The process's SIGPIPE is not touched: the write holds it back in its thread.
std::size_t read_pipe(NativeSocket pipe, void* buffer, std::size_t size, std::error_code& error);
std::size_t write_pipe(NativeSocket pipe, std::span<const Bytes> pieces, std::error_code& error);
// EPIPE when it has no reader any more.
std::error_code pipe_error(NativeSocket pipe);

// Of any stream.
inline std::size_t read_stream(const Stream& stream, void* buffer, std::size_t size,
                               std::vector<OwnedDescriptor>& attached, std::error_code& error) {
  if (stream.is_pipe()) return read_pipe(stream.socket, buffer, size, error);
  if (stream.takes_descriptors()) return receive(stream.socket, buffer, size, attached, error);
  return receive(stream.socket, buffer, size, error);
}
inline std::size_t write_stream(const Stream& stream, std::span<const Bytes> pieces, std::error_code& error) {
  return stream.is_pipe() ? write_pipe(stream.socket, pieces, error)
                          : send(stream.socket, pieces, error, stream.output.attached());
}
// Why a stream that is not received from has hung up; empty when that breaks nothing.
inline std::error_code hang_up_error(const Stream& stream) {
  if (!stream.is_pipe()) return connect_result(stream.socket);
  return stream.pipe == Interest::write ? pipe_error(stream.socket) : std::error_code();
}

}  // namespace eddy::driver
