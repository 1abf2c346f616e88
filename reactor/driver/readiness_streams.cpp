// ReadinessDriver's streams.
#include <algorithm>
#include <utility>

#include "reactor/driver/pipe.h"
#include "reactor/driver/readiness_driver.h"

namespace eddy::driver {

std::error_code ReadinessDriver::connect(Stream& stream, const Address& to, const Address* source,
                                         const SocketOptions& options) {
  bool pending = false;
  std::error_code error;
  auto socket = open_connecting(to, source, options, error, stream.wants_descriptors);
  if (!error) error = driver::connect(socket.get(), to, pending);
  if (error) return error;
  if ((error = register_stream(stream, socket, pending ? want_write : want_read))) return error;
  StreamFlags flags(stream);
  flags.set(StreamFlag::connecting, pending);
  flags.set(StreamFlag::connected, !pending);
  flags.set(StreamFlag::writable, !pending);
  if (!pending) come_back_to(stream);
  return {};
}

std::error_code ReadinessDriver::adopt(Stream& stream, NativeSocket connection) {
  BoundSocket socket{OwnedSocket(connection)};
  const Interests expected = stream.pipe == Interest::write ? 0 : want_read;
  if (const auto error = register_stream(stream, socket, expected)) return error;
  StreamFlags(stream).set(StreamFlag::writable);
  return {};
}

std::error_code ReadinessDriver::register_stream(Stream& stream, BoundSocket& socket, Interests expected) {
  if (stream.id == Id{}) endpoints_.add(stream);
  if (!watches_.empty()) end_watch_of(socket.get());
  keep_path(stream, std::move(socket.path));
  if (const auto error = edges_.add(stream, socket.get(), expected)) {
    drop_path(stream);
    return error;
  }
  stream.socket = socket.release();
  stream.flags = stream.broken_by = 0;
  return {};
}

void ReadinessDriver::receive(Stream& stream, bool on) {
  if (stream.socket == no_socket) return;
  StreamFlags flags(stream);
  flags.set(StreamFlag::receiving, on);
  if (on && flags.has(StreamFlag::readable)) come_back_to(stream);
}

// ---- events

void ReadinessDriver::stream_event(Stream& stream, const PollEvent& event) {
  StreamFlags flags(stream);
  if (flags.has(StreamFlag::connecting)) return connect_event(stream, event);
  const bool dead = event.error || event.hangup;
  if (event.read || event.end || dead) flags.set(StreamFlag::readable);
  if (event.end || dead) flags.set(StreamFlag::to_the_end);
  const bool write_due = (event.write || dead) && !flags.has(StreamFlag::writable);
  if (write_due) flags.set(StreamFlag::writable);
  // A change that the poller refuses for now (kqueue) comes as an error, too, and breaks nothing.
  if (event.code != 0) {
    if (const auto error = system_error_code(event.code); ends_connection(error)) note_broken(stream, error);
  }
  step(stream, write_due, dead);
}

void ReadinessDriver::connect_event(Stream& stream, const PollEvent& event) {
  if (!event.write && !event.error && !event.hangup) return;
  auto error = error_of(stream.socket, event);
  // What failed is not connected, though nobody can say why any more.
  if (event.error && !error) error = std::make_error_code(std::errc::connection_refused);
  if (!error) error = check_connected(stream.socket, stream.is_tcp);
  StreamFlags flags(stream);
  flags.clear(StreamFlag::connecting);
  flags.set(StreamFlag::writable);
  flags.set(StreamFlag::readable, event.read || event.end);
  flags.set(StreamFlag::to_the_end, event.end);
  if (!error && !flags.has(StreamFlag::readable)) error = edges_.expect(stream, want_read);
  if (error) drop_socket(stream);
  stream.stream_connected(error);
}

bool ReadinessDriver::may_read(Stream& stream) {
  const StreamFlags flags(stream);
  return flags.has(StreamFlag::receiving) && flags.has(StreamFlag::readable);
}

void ReadinessDriver::step(Stream& stream, bool write_due, bool dead) {
  StreamFlags flags(stream);
  if (flags.has(StreamFlag::failed)) return;
  if (flags.has(StreamFlag::connected)) {
    flags.clear(StreamFlag::connected);
    const auto error = check_connected(stream.socket, stream.is_tcp);
    if (error) drop_socket(stream);
    return stream.stream_connected(error);
  }

  // Read: one buffer, so that the others have their turn. But what arrived before a break is read to its end: a write
  // would only run into the break, and it is no more than the kernel's buffer.
  bool at_end = false;
  do {
    at_end = may_read(stream) && read(stream);
    if (stream.socket == no_socket) return;
  } while (!at_end && may_read(stream) && (dead || flags.has(StreamFlag::broken)));

  // Write
  if (write_due && !stream.output.empty()) {
    const auto queued = stream.output.size();
    if (const auto error = flush(stream)) return break_stream(stream, error);
    stream.stream_progress(queued - stream.output.size());
    if (stream.socket == no_socket) return;
  }

  // Error. While the engine does not receive, no read would report it.
  if (dead && !flags.has(StreamFlag::receiving) && !flags.has(StreamFlag::broken)) {
    if (const auto error = hang_up_error(stream)) note_broken(stream, error);
  }
  if (flags.has(StreamFlag::broken) && !may_read(stream))
    return break_stream(stream, system_error_code(stream.broken_by));

  // End
  if (at_end) {
    flags.clear(StreamFlag::receiving);
    return stream.stream_end();
  }
  if (may_read(stream)) come_back_to(stream);
}

void ReadinessDriver::break_stream(Stream& stream, std::error_code why) {
  stream.flags = 0;
  StreamFlags(stream).set(StreamFlag::failed);
  stream.stream_failed(why);
}

void ReadinessDriver::note_broken(Stream& stream, std::error_code error) {
  StreamFlags(stream).set(StreamFlag::broken);
  stream.broken_by = static_cast<std::uint16_t>(error.value());
}

bool ReadinessDriver::read(Stream& stream) {
  StreamFlags flags(stream);
  std::error_code error;
  std::vector<OwnedDescriptor> attached;
  const auto count = read_stream(stream, buffer_.data(), buffer_.size(), attached, error);
  const bool blocks = error && would_block(error);
  const bool proves_empty = stream.is_tcp && !flags.has(StreamFlag::to_the_end);
  if (count == 0 || (count < buffer_.size() && proves_empty)) flags.clear(StreamFlag::readable);
  if (error && !blocks) {
    note_broken(stream, error);
    return false;
  }
  if (count == 0 && !blocks) return true;
  if (blocks) flags.clear(StreamFlag::to_the_end);
  if (!flags.has(StreamFlag::readable)) {
    if ((error = edges_.expect(stream, want_read))) note_broken(stream, error);
  }
  const Bytes data(buffer_.data(), count);
  if (!attached.empty()) {
    stream.stream_descriptors(std::move(attached), data);
  } else if (count > 0) {
    stream.stream_data(data);
  }
  return false;
}

// ---- output

// What the peer had sent before the connection broke comes first. Linux, for one, keeps it when a reset arrives.
std::error_code ReadinessDriver::tell_behind_input(Stream& stream, std::error_code error) {
  StreamFlags flags(stream);
  flags.clear(StreamFlag::writable);
  if (flags.has(StreamFlag::broken)) return {};
  if (!flags.has(StreamFlag::receiving) || !ends_connection(error) || !has_unread(stream.socket)) return error;
  note_broken(stream, error);
  flags.set(StreamFlag::readable);
  flags.set(StreamFlag::to_the_end);
  come_back_to(stream);
  return {};
}

std::error_code ReadinessDriver::write(Stream& stream, std::span<const Bytes> pieces, std::size_t& taken) {
  std::error_code error;
  taken = write_stream(stream, pieces, error);
  // A write that falls short does not prove that the socket is full: the kernel takes 2 GiB at most (write(2)).
  if (!error) return {};
  if (!would_block(error)) return tell_behind_input(stream, error);
  StreamFlags(stream).clear(StreamFlag::writable);
  return edges_.expect(stream, want_write);
}

std::error_code ReadinessDriver::flush(Stream& stream) {
  std::size_t taken = 0;
  return flush_with(stream, {}, taken);
}

std::error_code ReadinessDriver::flush_with(Stream& stream, Bytes more, std::size_t& taken) {
  taken = 0;
  const StreamFlags flags(stream);
  while (flags.has(StreamFlag::writable) && !flags.has(StreamFlag::connected)) {
    auto used = stream.output.gather(std::span(pieces_).first(most_pieces - 1));
    std::size_t total = 0;
    for (std::size_t i = 0; i < used; ++i) total += pieces_[i].size();
    const bool all_queued = total == stream.output.size();
    if (all_queued && taken < more.size()) {
      pieces_[used] = more.without_first(taken);
      total += pieces_[used++].size();
    }
    if (total == 0) break;
    std::size_t count = 0;
    if (const auto error = write(stream, {pieces_.data(), used}, count)) return error;
    const auto of_queue = std::min(count, stream.output.size());
    stream.output.consume(of_queue, pool_);
    taken += count - of_queue;
    if (stream.output.empty() && taken == more.size()) break;
  }
  return {};
}

std::error_code ReadinessDriver::end_output(Stream& stream, bool input_matters) {
  const auto error = shutdown_output(stream.socket);
  return error && input_matters ? tell_behind_input(stream, error) : error;
}

bool ReadinessDriver::close(Stream& stream, bool reset) {
  if (reset && stream.socket != no_socket && !in_child()) reset_on_close(stream.socket);
  forget(stream);
  return true;
}

}  // namespace eddy::driver
