// UringDriver's pipes, FIFOs and terminals. A read by the ring fails when a non-blocking pipe is empty, and a write by
// it raises SIGPIPE: so the ring tells when either is possible, and plain calls follow.
#include <poll.h>

#include <cerrno>

#include "reactor/driver/pipe.h"
#include "reactor/driver/uring/uring_driver.h"

namespace eddy::driver {
void UringDriver::submit_pipe(Stream& stream) {
  const StreamFlags flags(stream);
  const auto poll = [&](Operation operation, unsigned events) {
    ring_.poll_once(operation, stream.id, stream.socket, events);
    note_asked(stream, operation);
  };
  const bool listens = flags.has(StreamFlag::receiving) && !flags.has(StreamFlag::ended);
  if (start_receiving(stream, Operation::readable, listens)) poll(Operation::readable, POLLIN);
  if (!stream.output.empty() && !is_armed(stream, Operation::writable)) poll(Operation::writable, POLLOUT);
  // While nothing is written, no other operation would report that the reader has gone.
  if (stream.pipe == Interest::write && !is_armed(stream, Operation::changes)) {
    ring_.poll_changes(Operation::changes, stream.id, stream.socket, 0);
    note_asked(stream, Operation::changes);
  }
}

void UringDriver::pipe_readable(Stream& stream, std::int32_t result) {
  StreamFlags flags(stream);
  if (is_void(result) || !may_have_input(stream)) return;
  if (result < 0) return break_stream(stream, {-result, std::system_category()});
  if (!make_read_buffer()) return break_stream(stream, std::make_error_code(std::errc::not_enough_memory));
  std::error_code error;
  const auto count = read_pipe(stream.socket, read_buffer_.data(), read_buffer_.size(), error);
  if (error) return would_block(error) ? void() : break_stream(stream, error);
  if (count > 0) return stream.stream_data({read_buffer_.data(), count});
  flags.set(StreamFlag::ended);
  flags.clear(StreamFlag::receiving);
  stream.stream_end();
}

void UringDriver::pipe_writable(Stream& stream, std::int32_t result) {
  if (is_void(result) || StreamFlags(stream).has(StreamFlag::broken)) return;
  if (result < 0) return break_stream(stream, {-result, std::system_category()});
  std::error_code error;
  const auto taken = write_pipe(stream.socket, {pieces_.data(), stream.output.gather(pieces_)}, error);
  if (error && !would_block(error)) return break_stream(stream, error);
  stream.output.consume(taken, pool_);
  if (!stream.output.empty()) come_back_to(stream);
  stream.stream_progress(taken);
}

}  // namespace eddy::driver
