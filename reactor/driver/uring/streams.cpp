// UringDriver's streams.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "reactor/driver/sockaddr.h"
#include "reactor/driver/uring/uring_driver.h"

namespace eddy::driver {
namespace {

std::error_code error_of(std::int32_t result) { return {-result, std::system_category()}; }

}  // namespace

// ---- wishes

std::error_code UringDriver::connect(Stream& stream, const Address& to, const Address* source,
                                     const SocketOptions& options) {
  std::error_code error;
  auto socket = open_connecting(to, source, options, error);
  if (error) return error;
  if (to.is_ip()) {
    add(stream, socket.release(), 0);
    to_connect_.emplace_back(stream.id, &to);
    return {};
  }
  // Unix sockets connect at once or not at all, and tell a full backlog (EAGAIN) from a refusal.
  bool pending = false;
  if ((error = driver::connect(socket.get(), to, pending))) return error;
  add(stream, socket.release(), connected);
  if (source != nullptr && source->is_unix_path()) {
    unix_paths_.insert_or_assign(stream.id.slot, UnixPath(source->host()));
  }
  connected_at_once_.push_back(stream.id);
  return {};
}

std::error_code UringDriver::adopt(Stream& stream, NativeSocket connection) {
  add(stream, connection, connected);
  return {};
}

void UringDriver::receive(Stream& stream, bool on) {
  if (stream.socket == no_socket) return;
  stream.flags = static_cast<std::uint8_t>(on ? stream.flags | receiving : stream.flags & ~receiving);
  come_back_to(stream);
}

std::error_code UringDriver::flush(Stream& stream) {
  if ((stream.armed & under_way(Operation::send)) == 0 && !stream.output.empty()) come_back_to(stream);
  return {};
}

// A large payload is worth a call of its own: the alternative is to copy it.
std::error_code UringDriver::flush_with(Stream& stream, Bytes more, std::size_t& taken) {
  taken = 0;
  if ((stream.flags & (connected | broken | send_failed)) != connected ||
      (stream.armed & under_way(Operation::send)) != 0)
    return {};
  auto used = stream.output.gather(std::span(pieces_).first(most_pieces - 1));
  std::size_t gathered = 0;
  for (std::size_t i = 0; i < used; ++i) gathered += pieces_[i].size();
  if (gathered < stream.output.size()) return {};
  pieces_[used++] = more;
  std::error_code error;
  const auto sent = driver::send(stream.socket, {pieces_.data(), used}, error);
  if (error) return would_block(error) ? std::error_code() : error;
  const auto of_queue = std::min(sent, gathered);
  stream.output.consume(of_queue, pool_);
  taken = sent - of_queue;
  return {};
}

bool UringDriver::close(Stream& stream, bool reset) {
  const auto token = stream.id.token();
  if (reset && stream.socket != no_socket) reset_on_close(stream.socket);
  if (stream.id != Id{}) unix_paths_.erase(stream.id.slot);
  endpoints_.remove(stream);
  stream.in_ready_list = false;
  if (stream.armed != 0) {
    closing_.emplace(token, &stream);
    to_cancel_.push_back(stream.socket);
    return false;
  }
  if (stream.socket != no_socket) driver::close(std::exchange(stream.socket, no_socket));
  return true;
}

// What else completes meanwhile is told by the next wait().
void UringDriver::release_closed() {
  if (ring_.elsewhere()) {
    ring_.abandon();
    for (const auto& [token, stream] : std::exchange(closing_, {})) release(*stream);
    return;
  }
  cancel_closed();
  while (!closing_.empty()) {
    for (const auto& completion : ring_.enter(unlimited)) {
      if (is_late(completion)) {
        completed_late(completion);
      } else {
        postponed_.push_back(completion);
      }
    }
  }
}

// ---- handing over

void UringDriver::submit_connects() {
  for (const auto& [id, to] : to_connect_) {
    auto* endpoint = endpoints_.find(id);
    if (endpoint == nullptr) continue;  // given up already, and `to` gone with it
    endpoint->armed |= under_way(Operation::connect);
    ring_.connect(id, endpoint->socket, *to);
  }
  to_connect_.clear();
}

void UringDriver::submit(Stream& stream) {
  if (stream.socket == no_socket) return;
  if ((stream.flags & (connected | broken)) != connected) return;
  const bool listens = (stream.flags & (receiving | ended)) == receiving;
  if (start_receiving(stream, Operation::receive, listens)) {
    ring_.receive(stream.id, stream.socket, buffers_.group());
  }
  // Nobody would notice a reset then. Once started it stays until the end: it costs nothing.
  if (!listens && (stream.armed & under_way(Operation::hangup)) == 0) {
    stream.armed |= under_way(Operation::hangup);
    ring_.poll_changes(Operation::hangup, stream.id, stream.socket, 0);
  }
  if (!stream.output.empty() && (stream.armed & under_way(Operation::send)) == 0 && (stream.flags & send_failed) == 0) {
    stream.armed |= under_way(Operation::send);
    ring_.send(stream.id, stream.socket, {pieces_.data(), stream.output.gather(pieces_)});
  }
}

// ---- completions

void UringDriver::report_connected() {
  const auto connected_ones = std::exchange(connected_at_once_, {});
  for (const auto id : connected_ones) {
    if (auto* endpoint = endpoints_.find(id)) static_cast<Stream*>(endpoint)->stream_connected({});
  }
}

void UringDriver::completed(Stream& stream, const Completion& completion) {
  switch (completion.operation) {
    case Operation::connect: return connect_completed(stream, completion.result);
    case Operation::receive: return receive_completed(stream, completion);
    case Operation::send: return send_completed(stream, completion.result);
    default: return hung_up(stream, completion.result);
  }
}

void UringDriver::connect_completed(Stream& stream, std::int32_t result) {
  if (result < 0) {
    driver::close(std::exchange(stream.socket, no_socket));
    return stream.stream_connected(error_of(result));
  }
  stream.flags |= connected;
  stream.stream_connected({});
}

void UringDriver::receive_completed(Stream& stream, const Completion& completion) {
  const auto result = completion.result;
  if ((completion.flags & IORING_CQE_F_BUFFER) != 0) {
    const auto data = buffers_.received(completion.flags, result > 0 ? static_cast<std::size_t>(result) : 0);
    stream.flags |= served;
    if (result > 0 && (stream.flags & broken) == 0) stream.stream_data(data);
    buffers_.release(completion.flags);
    if (result > 0) return;
  }
  if ((stream.flags & broken) != 0) return;
  if (result == 0) {
    stream.flags = static_cast<std::uint8_t>((stream.flags | ended) & ~receiving);
    // After a reset that the send was told of the socket reads as ended.
    if ((stream.flags & send_failed) == 0) stream.stream_end();
  } else if (result != -ECANCELED && result != -ENOBUFS && result != -EINTR && result != -EAGAIN) {
    break_stream(stream, error_of(result));
  }
  // ENOBUFS: all buffers were waiting for us. They are back by now, and complete() has asked for a new start.
}

void UringDriver::send_completed(Stream& stream, std::int32_t result) {
  if ((stream.flags & broken) != 0) return;
  if (result < 0 && result != -EINTR && result != -EAGAIN) {
    stream.flags |= send_failed;
    to_break_.emplace_back(stream.id, error_of(result));
    return;
  }
  if (result > 0) stream.output.consume(static_cast<std::size_t>(result), pool_);
  if (!stream.output.empty()) come_back_to(stream);
  stream.stream_progress();
}

// The connection's own end is told behind what had arrived before it: its receive finds that end, too.
bool UringDriver::waits_for_input(const Stream& stream, std::error_code error) {
  constexpr std::array ends{std::errc::connection_reset, std::errc::broken_pipe, std::errc::timed_out,
                            std::errc::host_unreachable, std::errc::network_unreachable};
  return (stream.flags & (receiving | ended | broken)) == receiving &&
         std::any_of(ends.begin(), ends.end(), [=](std::errc end) { return error == end; });
}

void UringDriver::break_streams() {
  for (const auto& [id, error] : std::exchange(held_, {})) {
    auto* endpoint = endpoints_.find(id);
    if (endpoint == nullptr) continue;
    auto& stream = static_cast<Stream&>(*endpoint);
    if (waits_for_input(stream, error)) {
      held_.emplace_back(id, error);
    } else {
      break_stream(stream, error);
    }
  }
}

void UringDriver::hung_up(Stream& stream, std::int32_t result) {
  if (result < 0 || (result & (POLLERR | POLLHUP)) == 0 || (stream.flags & (receiving | broken)) != 0) return;
  if (const auto error = connect_result(stream.socket)) break_stream(stream, error);
}

void UringDriver::break_stream(Stream& stream, std::error_code why) {
  if ((stream.flags & broken) != 0) return;
  stream.flags = static_cast<std::uint8_t>((stream.flags | broken) & ~receiving);
  stream.stream_failed(why);
}

}  // namespace eddy::driver
