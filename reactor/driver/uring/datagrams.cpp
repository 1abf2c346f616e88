// UringDriver's datagram sockets. Receiving is multishot, with the sender's address in front of each payload. Sending
// is sendmmsg(2), at once: it takes 64 datagrams a call, where the ring would take one an entry.
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/uring/uring_driver.h"

namespace eddy::driver {
namespace {

// In front of each payload, in this order: what came, from whom, and how long the datagrams in it are. Of the last
// there is none for a Unix socket: it would be its peers' descriptors (unix(7), SCM_RIGHTS).
constexpr std::size_t longest_header = sizeof(io_uring_recvmsg_out) + sizeof(sockaddr_storage) + sizeof(SegmentControl);
constexpr ReceiveBuffers::Shape datagram_buffers{.count = 32, .size = DatagramBatch::largest + longest_header};
static_assert(longest_header % alignof(cmsghdr) == 0 && datagram_buffers.size % alignof(cmsghdr) == 0);
std::size_t control_size(const Datagrams& socket) { return socket.combined ? sizeof(SegmentControl) : 0; }
constexpr std::uint16_t datagram_group = 1;

}  // namespace

std::error_code UringDriver::bind(Datagrams& socket, Address& local, const DatagramOptions& options) {
  if (datagram_buffers_ == nullptr) {
    try {
      datagram_buffers_ = std::make_unique<ReceiveBuffers>(ring_.native(), datagram_group, datagram_buffers);
    } catch (const std::system_error& no_buffers) {
      return no_buffers.code();
    }
  }
  std::error_code error;
  auto opened = open_datagram(local, options, error);
  if (error) return error;
  socket.combined = has_segments && local.is_ip();
  socket.queue.combines_up_to = combinable_size(local, opened.get());
  add(socket, opened.release(), 0);
  if (local.is_unix_path()) unix_paths_.insert_or_assign(socket.id.slot, UnixPath(local.host()));
  return {};
}

std::error_code UringDriver::connect(Datagrams& socket, const Address& peer) {
  bool pending = false;
  return driver::connect(socket.socket, peer, pending);
}

void UringDriver::receive(Datagrams& socket, bool on) {
  socket.flags = static_cast<std::uint8_t>(on ? socket.flags | receiving : socket.flags & ~receiving);
  come_back_to(socket);
}

void UringDriver::flush(Datagrams& socket) {
  if ((socket.armed & under_way(Operation::writable)) != 0 || (socket.flags & retrying) != 0) return;
  switch (send_queued(socket.socket, socket.queue, socket.id, datagram_errors_, stats_)) {
    case Sent::all: return;
    case Sent::socket_full: socket.flags |= full; return come_back_to(socket);
    case Sent::receivers_full:
      socket.flags |= retrying;
      to_retry_.push_back(socket.id);
      return;
  }
}

void UringDriver::retry_datagrams() {
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

void UringDriver::submit(Datagrams& socket) {
  if (start_receiving(socket, Operation::receive_datagrams, (socket.flags & receiving) != 0)) {
    ring_.receive_datagrams(socket.id, socket.socket, control_size(socket), datagram_group);
  }
  if ((socket.flags & full) != 0 && (socket.armed & under_way(Operation::writable)) == 0) {
    socket.flags = static_cast<std::uint8_t>(socket.flags & ~full);
    socket.armed |= under_way(Operation::writable);
    ring_.poll_once(Operation::writable, socket.id, socket.socket, POLLOUT);
  }
}

void UringDriver::completed(Datagrams& socket, const Completion& completion) {
  if (completion.operation == Operation::receive_datagrams) return datagram_completed(socket, completion);
  if (completion.result < 0) return;
  flush(socket);
  socket.datagram_progress();
}

void UringDriver::datagram_completed(Datagrams& socket, const Completion& completion) {
  if (completion.result < 0) {
    const std::error_code error{-completion.result, std::system_category()};
    // ENOBUFS here is our own shortage of buffers; they are back by now.
    if (completion.result == -ECANCELED || completion.result == -ENOBUFS || would_block(error)) return;
    return socket.datagram_failed(error);
  }
  socket.flags |= served;
  const auto data = datagram_buffers_->received(completion.flags, static_cast<std::size_t>(completion.result));
  io_uring_recvmsg_out out{};
  std::memcpy(&out, data.data(), sizeof out);
  const auto name = data.without_first(sizeof out).first(sizeof(sockaddr_storage));
  const auto behind_name = data.without_first(sizeof out + name.size());
  const auto control = behind_name.first(out.controllen);
  const auto message = behind_name.without_first(control_size(socket));
  if ((out.flags & MSG_TRUNC) != 0) {
    ++stats_.datagrams_truncated;
  } else {
    if (in_batch_.empty() || in_batch_.back() != socket.id) in_batch_.push_back(socket.id);
    const bool ip = out.namelen > 0 && reinterpret_cast<const sockaddr*>(name.data())->sa_family != AF_UNIX;
    const auto from = Address::from_native(ip ? Transport::udp : Transport::unix_datagram, name.data(), out.namelen);
    msghdr received{};
    received.msg_control = const_cast<std::byte*>(control.data());
    received.msg_controllen = static_cast<decltype(received.msg_controllen)>(control.size());
    deliver_datagrams(socket, message, received_size(received, message.size()), from, stats_);
    if (socket.socket != no_socket && socket.queue.is_long()) flush(socket);
  }
  datagram_buffers_->release(completion.flags);
}

void UringDriver::end_batches() {
  for (const auto id : in_batch_) {
    if (auto* endpoint = endpoints_.find(id)) static_cast<Datagrams*>(endpoint)->datagram_batch_end();
  }
  in_batch_.clear();
}

void UringDriver::report_datagram_errors() {
  const auto errors = std::exchange(datagram_errors_, {});
  for (const auto& [id, error] : errors) {
    if (auto* endpoint = endpoints_.find(id)) static_cast<Datagrams*>(endpoint)->datagram_failed(error);
  }
}

}  // namespace eddy::driver
