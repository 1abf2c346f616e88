// ReadinessDriver's streams.
#include <algorithm>

#include "reactor/driver/readiness_driver.h"

namespace eddy::driver {

std::error_code ReadinessDriver::connect(Stream& stream, const Address& to, const Address* source,
                                         const SocketOptions& options) {
  bool pending = false;
  std::error_code error;
  auto socket = open_connecting(to, source, options, error);
  if (!error) error = driver::connect(socket.get(), to, pending);
  if (error) return error;
  stream.flags = pending ? connecting : writable | connected;
  const Interests interests = edges_ ? want_read | want_write | want_edge : pending ? want_write : Interests{0};
  if ((error = add_to_poller(stream, socket.get(), interests))) return error;
  socket.release();
  if (source != nullptr && source->is_unix_path()) {
    unix_paths_.insert_or_assign(stream.id.slot, UnixPath(source->host()));
  }
  if (!pending) come_back_to(stream);
  return {};
}

std::error_code ReadinessDriver::adopt(Stream& stream, NativeSocket connection) {
  OwnedSocket socket(connection);
  stream.flags = writable;
  const Interests interests = edges_ ? want_read | want_write | want_edge : Interests{0};
  if (const auto error = add_to_poller(stream, connection, interests)) return error;
  socket.release();
  return {};
}

void ReadinessDriver::receive(Stream& stream, bool on) {
  if (stream.socket == no_socket) return;
  if (!on) {
    stream.flags = static_cast<std::uint8_t>(stream.flags & ~receiving);
  } else {
    stream.flags |= receiving;
    if ((stream.flags & readable) != 0) come_back_to(stream);
  }
  update_interest(stream);
}

void ReadinessDriver::stream_event(Stream& stream, const PollEvent& event) {
  if ((stream.flags & connecting) != 0) return connect_event(stream, event);
  const bool is_broken = event.error || event.hangup;
  if (event.read || event.end || is_broken) stream.flags |= readable;
  if (event.end || is_broken) stream.flags |= end_seen;
  if (event.code != 0) stream.flags |= error_told;
  // What arrived before the break comes first: a send would only run into it. It is no more than the kernel's buffer.
  constexpr auto input = readable | receiving;
  while (is_broken && stream.socket != no_socket && (stream.flags & input) == input) {
    if (!read(stream)) return;
  }
  if (stream.socket == no_socket) return;
  if ((event.write || is_broken) && (stream.flags & writable) == 0) {
    stream.flags |= writable;
    if (!stream.output.empty()) {
      if (const auto error = flush(stream)) return break_stream(stream, error);
      stream.stream_progress();
    }
    update_interest(stream);
  }
  if (stream.socket == no_socket) return;
  if ((stream.flags & receiving) == 0) {
    error_while_not_receiving(stream, event);
  } else if ((stream.flags & readable) != 0 && !stream.in_ready_list) {
    read(stream);
  }
}

// Nobody reads, so nobody would notice. And a level-triggered poller would report it without end.
void ReadinessDriver::error_while_not_receiving(Stream& stream, const PollEvent& event) {
  if (!event.error && !event.hangup) return;
  if (const auto error = error_of(stream.socket, event)) return break_stream(stream, error);
  if (edges_ || (stream.flags & unregistered) != 0) return;
  poller_->remove(stream.socket);
  stream.armed = 0;
  stream.flags |= unregistered;
}

void ReadinessDriver::break_stream(Stream& stream, std::error_code why) {
  stream.flags = static_cast<std::uint8_t>(stream.flags & ~(readable | receiving));
  update_interest(stream);
  stream.stream_failed(why);
}

void ReadinessDriver::connect_event(Stream& stream, const PollEvent& event) {
  if (!event.write && !event.error && !event.hangup) return;
  stream.flags = writable;
  if (event.read || event.end) stream.flags |= readable;
  if (event.end) stream.flags |= end_seen;
  auto error = error_of(stream.socket, event);
  // What failed is not connected, though nobody can say why any more.
  if (event.error && !error) error = std::make_error_code(std::errc::connection_refused);
  if (error) {
    forget(stream);
    return stream.stream_connected(error);
  }
  update_interest(stream);
  stream.stream_connected({});
}

bool ReadinessDriver::read(Stream& stream) {
  if ((stream.flags & receiving) == 0 || (stream.flags & readable) == 0) return true;
  std::error_code error;
  const auto count = driver::receive(stream.socket, buffer_.data(), buffer_.size(), error);
  if (error) {
    if (!would_block(error)) {
      break_stream(stream, error);
      return false;
    }
    stream.flags = static_cast<std::uint8_t>(stream.flags & ~readable);
    return true;
  }
  if (count == 0 && (stream.flags & error_told) != 0) {
    break_stream(stream, reset_error());
    return false;
  }
  if (count == 0) {
    stream.flags = static_cast<std::uint8_t>(stream.flags & ~(readable | receiving));
    update_interest(stream);
    stream.stream_end();
    return true;
  }
  if (count < buffer_.size() && (stream.flags & end_seen) == 0) {
    stream.flags = static_cast<std::uint8_t>(stream.flags & ~readable);
  }
  stream.stream_data({buffer_.data(), count});
  // Others first, then the rest.
  constexpr auto more = readable | receiving;
  if (stream.socket != no_socket && edges_ && (stream.flags & more) == more) come_back_to(stream);
  return true;
}

std::error_code ReadinessDriver::write(Stream& stream, std::span<const Bytes> pieces, std::size_t total,
                                       std::size_t& taken) {
  std::error_code error;
  taken = driver::send(stream.socket, pieces, error);
  if (taken == total) return {};
  if (error && !would_block(error)) return error;
  stream.flags = static_cast<std::uint8_t>(stream.flags & ~writable);
  update_interest(stream);
  return {};
}

std::error_code ReadinessDriver::flush(Stream& stream) {
  std::size_t taken = 0;
  return flush_with(stream, {}, taken);
}

std::error_code ReadinessDriver::flush_with(Stream& stream, Bytes more, std::size_t& taken) {
  taken = 0;
  while ((stream.flags & writable) != 0 && (stream.flags & connected) == 0 && stream.socket != no_socket) {
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
    if (const auto error = write(stream, {pieces_.data(), used}, total, count)) return error;
    const auto of_queue = std::min(count, stream.output.size());
    stream.output.consume(of_queue, pool_);
    taken += count - of_queue;
    if (stream.output.empty() && taken == more.size()) break;
  }
  return {};
}

std::error_code ReadinessDriver::end_output(Stream& stream) { return shutdown_output(stream.socket); }

bool ReadinessDriver::close(Stream& stream, bool reset) {
  if (reset && stream.socket != no_socket) reset_on_close(stream.socket);
  forget(stream);
  endpoints_.remove(stream);
  return true;
}

}  // namespace eddy::driver
