// UringDriver's streams.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "reactor/driver/descriptor_passing.h"
#include "reactor/driver/pipe.h"
#include "reactor/driver/uring/uring_driver.h"

namespace eddy::driver {
namespace {

std::error_code error_of(std::int32_t result) { return {-result, std::system_category()}; }

// What a completion would say.
std::int32_t result_of(std::size_t count, std::error_code error) {
  return error ? -error.value() : static_cast<std::int32_t>(count);
}

}  // namespace

// ---- wishes

std::error_code UringDriver::connect(Stream& stream, const Address& to, const Address* source,
                                     const SocketOptions& options) {
  std::error_code error;
  auto socket = open_connecting(to, source, options, error, stream.wants_descriptors);
  if (error) return error;
  if (to.is_ip()) {
    if (stream.id == Id{}) endpoints_.add(stream);
    to_connect_.emplace_back(stream.id, &to);
    add(stream, std::move(socket));
    return {};
  }
  // Unix sockets connect at once or not at all, and tell a full backlog (EAGAIN) from a refusal.
  bool pending = false;
  if ((error = driver::connect(socket.get(), to, pending))) return error;
  add(stream, std::move(socket));
  StreamFlags(stream).set(StreamFlag::connected);
  connected_at_once_.push_back(stream);
  return {};
}

std::error_code UringDriver::adopt(Stream& stream, NativeSocket connection) {
  add(stream, BoundSocket(OwnedSocket(connection)));
  StreamFlags(stream).set(StreamFlag::connected);
  come_back_to(stream);  // its end is to be heard of, also when nothing is received or sent
  return {};
}

void UringDriver::receive(Stream& stream, bool on) {
  if (stream.socket == no_socket) return;
  StreamFlags(stream).set(StreamFlag::receiving, on);
  come_back_to(stream);
}

std::error_code UringDriver::flush(Stream& stream) {
  if (!is_armed(stream, Operation::send) && !stream.output.empty()) come_back_to(stream);
  return {};
}

// A large payload is worth a call of its own: the alternative is to copy it.
std::error_code UringDriver::flush_with(Stream& stream, Bytes more, std::size_t& taken) {
  taken = 0;
  const StreamFlags flags(stream);
  if (!flags.has(StreamFlag::connected) || flags.has(StreamFlag::broken) || flags.has(StreamFlag::send_failed) ||
      is_armed(stream, Operation::send)) {
    return {};
  }
  auto used = stream.output.gather(std::span(pieces_).first(most_pieces - 1));
  std::size_t gathered = 0;
  for (std::size_t i = 0; i < used; ++i) gathered += pieces_[i].size();
  if (gathered < stream.output.size()) return {};
  pieces_[used++] = more;
  std::error_code error;
  const auto sent = write_stream(stream, {pieces_.data(), used}, error);
  if (error) return would_block(error) ? std::error_code() : tell_behind_input(stream, error);
  StreamFlags(stream).clear(StreamFlag::full);
  const auto of_queue = std::min(sent, gathered);
  stream.output.consume(of_queue, pool_);
  taken = sent - of_queue;
  return {};
}

std::error_code UringDriver::end_output(Stream& stream, bool input_matters) {
  const auto error = shutdown_output(stream.socket);
  return error && input_matters ? tell_behind_input(stream, error) : error;
}

bool UringDriver::close(Stream& stream, bool reset) {
  if (reset && stream.socket != no_socket && !in_child()) reset_on_close(stream.socket);
  drop_path(stream);
  stream.DriverNode::unlink();
  if (stream.expected != 0) {
    endpoints_.retire(stream);
    to_cancel_.push_back(stream);
    return false;
  }
  if (stream.socket != no_socket) driver::close(std::exchange(stream.socket, no_socket));
  endpoints_.remove(stream);
  return true;
}

// ---- handing over

void UringDriver::submit_connects() {
  auto next = to_connect_.begin();
  try {
    for (; next != to_connect_.end(); ++next) {
      const auto [id, to] = *next;
      auto* endpoint = endpoints_.find(id);
      if (endpoint == nullptr) continue;  // the connect was given up already, and `to` is gone with it
      ring_.connect(id, endpoint->socket, *to);
      note_asked(*endpoint, Operation::connect);
    }
  } catch (...) {
    // What was submitted may have completed before the next attempt, and its `to` is gone then.
    to_connect_.erase(to_connect_.begin(), next);
    throw;
  }
  to_connect_.clear();
}

void UringDriver::submit(Stream& stream) {
  StreamFlags flags(stream);
  if (!flags.has(StreamFlag::connected) || flags.has(StreamFlag::broken)) return;
  if (flags.has(StreamFlag::send_failed) && !may_have_input(stream)) return broken_.push_back(stream);
  if (stream.is_pipe()) return submit_pipe(stream);
  const bool listens = flags.has(StreamFlag::receiving) && !flags.has(StreamFlag::ended);
  if (start_receiving(stream, Operation::receive, listens)) {
    if (stream.takes_descriptors()) {
      ring_.poll_once(Operation::receive, stream.id, stream.socket, POLLIN);
    } else {
      ring_.receive(stream.id, stream.socket, buffers_, receive_bound_);
    }
    note_asked(stream, Operation::receive);
  }
  // While the engine does not receive, no other operation would report a reset. Once started it stays until the end: it
  // costs nothing.
  const bool full = flags.has(StreamFlag::full);
  if (full && is_armed(stream, Operation::changes) && !flags.has(StreamFlag::polls_room)) {
    ring_.cancel(Operation::changes, stream.id);  // and it is asked for anew
  } else if ((!listens || full) && !is_armed(stream, Operation::changes)) {
    // A Unix socket has room anew for each message that its peer reads: only who has found none is to hear of it.
    ring_.poll_changes(Operation::changes, stream.id, stream.socket, full ? POLLOUT : 0);
    flags.set(StreamFlag::polls_room, full);
    note_asked(stream, Operation::changes);
  }
  if (!stream.output.empty() && !full && !is_armed(stream, Operation::send) && !flags.has(StreamFlag::send_failed)) {
    if (stream.output.attached().empty()) {
      ring_.send(stream.id, stream.socket, {pieces_.data(), stream.output.gather(pieces_)});
    } else {
      ring_.poll_once(Operation::send, stream.id, stream.socket, POLLOUT);
    }
    note_asked(stream, Operation::send);
  }
}

// ---- completions

void UringDriver::report_connected() {
  reporting_.take_all(connected_at_once_);
  while (!reporting_.empty()) {
    auto& stream = static_cast<Stream&>(reporting_.pop_front());
    come_back_to(stream);  // its end is to be heard of, also when nothing is received or sent
    stream.stream_connected({});
  }
}

void UringDriver::delivered(Stream& stream, const Completion& completion) {
  switch (completion.operation) {
    case Operation::connect: return connect_completed(stream, completion.result);
    case Operation::receive: return receive_completed(stream, completion);
    case Operation::send: return send_completed(stream, completion.result);
    case Operation::readable: return pipe_readable(stream, completion.result);
    case Operation::writable: return pipe_writable(stream, completion.result);
    default: return changed(stream, completion.result);
  }
}

void UringDriver::connect_completed(Stream& stream, std::int32_t result) {
  if (const auto error = result < 0 ? error_of(result) : check_connected(stream.socket, stream.is_tcp)) {
    driver::close(std::exchange(stream.socket, no_socket));
    drop_path(stream);
    return stream.stream_connected(error);
  }
  StreamFlags(stream).set(StreamFlag::connected);
  come_back_to(stream);  // its end is to be heard of, also when nothing is received or sent
  stream.stream_connected({});
}

void UringDriver::receive_completed(Stream& stream, const Completion& completion) {
  StreamFlags flags(stream);
  if (flags.has(StreamFlag::broken) || flags.has(StreamFlag::ended)) return;
  auto result = completion.result;
  auto data = completion.received.data;
  std::vector<OwnedDescriptor> attached;
  if (stream.takes_descriptors() && result >= 0) {
    if (!flags.has(StreamFlag::receiving)) return;
    result = receive_attached(stream, data, attached);
  }
  if (result > 0) {
    flags.set(StreamFlag::served);
    if (attached.empty()) {
      stream.stream_data(data);
    } else {
      stream.stream_descriptors(std::move(attached), data);
    }
    // A stream that its callback has closed has no id any more, though it may keep its socket.
    if (stream.id != Id{} && flags.has(StreamFlag::send_failed) && !has_input(stream)) {
      break_stream(stream, system_error_code(stream.broken_by));
    }
    return;
  }
  // ENOBUFS: all buffers were waiting for us. They are back by now, and ask_again() has seen to a new start.
  if (is_void(result) || result == -ENOBUFS) return;
  // After a reset that the send was told of the socket reads as ended.
  if (flags.has(StreamFlag::send_failed)) return break_stream(stream, system_error_code(stream.broken_by));
  if (result < 0) return break_stream(stream, error_of(result));
  flags.set(StreamFlag::ended);
  flags.clear(StreamFlag::receiving);
  stream.stream_end();
}

void UringDriver::send_completed(Stream& stream, std::int32_t result) {
  if (StreamFlags(stream).has(StreamFlag::broken)) return;
  if (result >= 0 && !stream.output.attached().empty()) result = send_attached(stream);
  if (result == -EAGAIN) StreamFlags(stream).set(StreamFlag::full);
  if (result < 0 && !is_void(result)) {
    if (const auto error = tell_behind_input(stream, error_of(result))) break_stream(stream, error);
    return;
  }
  const auto taken = result > 0 ? static_cast<std::size_t>(result) : 0;
  stream.output.consume(taken, pool_);
  if (!stream.output.empty()) come_back_to(stream);
  stream.stream_progress(taken);
}

bool UringDriver::make_read_buffer() {
  try {
    read_buffer_.resize(64 * 1024);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// Where descriptors are passed the ring is asked for readiness alone. It would fill, or read, the list of descriptors
// when it receives or sends: each such stream would need memory for a list while it waits.
std::int32_t UringDriver::receive_attached(Stream& stream, Bytes& data, std::vector<OwnedDescriptor>& attached) {
  if (!make_read_buffer()) return -ENOMEM;
  std::error_code error;
  const auto count = driver::receive(stream.socket, read_buffer_.data(), read_buffer_.size(), attached, error);
  data = {read_buffer_.data(), count};
  return result_of(count, error);
}

std::int32_t UringDriver::send_attached(const Stream& stream) {
  const auto used = stream.output.gather(pieces_);
  std::error_code error;
  const auto count = driver::send(stream.socket, {pieces_.data(), used}, error, stream.output.attached());
  return result_of(count, error);
}

bool UringDriver::may_have_input(Stream& stream) {
  const StreamFlags flags(stream);
  return flags.has(StreamFlag::receiving) && !flags.has(StreamFlag::ended) && !flags.has(StreamFlag::broken);
}

// Whether something has arrived that is not delivered yet: taken from the ring, or still in the socket.
bool UringDriver::has_input(const Stream& stream) {
  take();
  return has_unread(stream.socket) ||
         std::any_of(inbox_.begin() + static_cast<std::ptrdiff_t>(next_in_inbox_), inbox_.end(), [&](const auto& each) {
           return each.id == stream.id && each.operation == Operation::receive && !each.received.data.empty();
         });
}

// The connection's own end is told behind what had arrived before it.
std::error_code UringDriver::tell_behind_input(Stream& stream, std::error_code error) {
  StreamFlags flags(stream);
  if (!may_have_input(stream) || !ends_connection(error)) return error;
  if (flags.has(StreamFlag::send_failed)) return {};
  if (!has_input(stream)) return error;
  flags.set(StreamFlag::send_failed);
  stream.broken_by = static_cast<std::uint16_t>(error.value());
  come_back_to(stream);
  return {};
}

// These streams gave up their input before the receive found the end.
void UringDriver::report_broken() {
  while (!broken_.empty()) {
    auto& stream = static_cast<Stream&>(broken_.pop_front());
    if (may_have_input(stream)) {
      come_back_to(stream);
    } else {
      break_stream(stream, system_error_code(stream.broken_by));
    }
  }
}

// The poll tells of what has changed since it told last: so it does not come again as long as a peer that has finished
// takes nothing.
void UringDriver::changed(Stream& stream, std::int32_t result) {
  StreamFlags flags(stream);
  if (is_void(result) || flags.has(StreamFlag::broken)) return;
  const bool receiving = flags.has(StreamFlag::receiving);
  // Without this poll nobody would tell of a reset, or of room.
  if (result < 0 && (!receiving || flags.has(StreamFlag::full))) return break_stream(stream, error_of(result));
  if (flags.has(StreamFlag::full) && (result & (POLLOUT | POLLERR | POLLHUP)) != 0) {
    flags.clear(StreamFlag::full);
    come_back_to(stream);
  }
  if (result < 0 || receiving || (result & (POLLERR | POLLHUP)) == 0) return;
  if (const auto error = hang_up_error(stream)) break_stream(stream, error);
}

void UringDriver::break_stream(Stream& stream, std::error_code why) {
  StreamFlags flags(stream);
  if (flags.has(StreamFlag::broken)) return;
  flags.set(StreamFlag::broken);
  flags.clear(StreamFlag::receiving);
  stream.stream_failed(why);
}

}  // namespace eddy::driver
