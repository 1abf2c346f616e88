// ReadinessDriver's datagram sockets.
#include <utility>

#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/readiness_driver.h"

namespace eddy::driver {

std::error_code ReadinessDriver::bind(Datagrams& socket, Address& local, const DatagramOptions& options) {
  std::error_code error;
  auto opened = open_datagram(local, options, error);
  if (error) return error;
  if (datagrams_ == nullptr) datagrams_ = std::make_unique<DatagramBatch>();
  socket.flags = writable;
  socket.combined = has_segments && local.is_ip();
  socket.queue.combines_up_to = combinable_size(local, opened.get());
  const Interests interests = edges_ ? want_read | want_write | want_edge : Interests{0};
  if ((error = add_to_poller(socket, opened.get(), interests))) return error;
  opened.release();
  if (local.is_unix_path()) unix_paths_.insert_or_assign(socket.id.slot, UnixPath(local.host()));
  return {};
}

std::error_code ReadinessDriver::connect(Datagrams& socket, const Address& peer) {
  bool pending = false;
  return driver::connect(socket.socket, peer, pending);
}

void ReadinessDriver::receive(Datagrams& socket, bool on) {
  if (!on) {
    socket.flags = static_cast<std::uint8_t>(socket.flags & ~receiving);
  } else {
    socket.flags |= receiving;
    if ((socket.flags & readable) != 0) come_back_to(socket);
  }
  update_interest(socket);
}

void ReadinessDriver::read(Datagrams& socket) {
  constexpr auto both = readable | receiving;
  if ((socket.flags & both) != both || socket.in_ready_list) return;
  std::error_code error;
  const auto count = datagrams_->receive(socket.socket, socket.combined, error);
  // Failed: by an ICMP error that a peer's host sent. The socket is well, and there may be datagrams behind it.
  const bool failed = error && !would_block(error);
  if (count < DatagramBatch::most && !failed) socket.flags = static_cast<std::uint8_t>(socket.flags & ~readable);
  for (std::size_t i = 0; i < count && socket.socket != no_socket; ++i) {
    if (datagrams_->truncated(i)) {
      ++stats_.datagrams_truncated;
    } else {
      deliver_datagrams(socket, datagrams_->message(i), datagrams_->datagram_size(i), datagrams_->from(i), stats_);
      if (socket.socket != no_socket && socket.queue.is_long()) flush(socket);
    }
  }
  if (socket.socket != no_socket && count > 0) socket.datagram_batch_end();
  if (socket.socket != no_socket && failed) socket.datagram_failed(error);
  if (socket.socket != no_socket && edges_ && (socket.flags & both) == both) come_back_to(socket);
}

void ReadinessDriver::flush(Datagrams& socket) {
  if ((socket.flags & (writable | retrying)) != writable) return;
  switch (send_queued(socket.socket, socket.queue, socket.id, datagram_errors_, stats_)) {
    case Sent::all: return;
    case Sent::socket_full:
      socket.flags = static_cast<std::uint8_t>(socket.flags & ~writable);
      return update_interest(socket);
    case Sent::receivers_full:
      socket.flags |= retrying;
      to_retry_.push_back(socket.id);
      return;
  }
}

void ReadinessDriver::retry() {
  const auto ids = std::exchange(to_retry_, {});
  for (const auto id : ids) {
    auto* endpoint = endpoints_.find(id);
    if (endpoint == nullptr) continue;
    auto& socket = static_cast<Datagrams&>(*endpoint);
    socket.flags = static_cast<std::uint8_t>(socket.flags & ~retrying);
    flush(socket);
    socket.datagram_progress();
  }
}

void ReadinessDriver::close(Datagrams& socket) {
  forget(socket);
  endpoints_.remove(socket);
}

}  // namespace eddy::driver
