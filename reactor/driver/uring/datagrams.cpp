// UringDriver's datagram sockets. Receiving is multishot, with the sender's address in front of each payload. Sending
// is sendmmsg(2), at once: it takes 64 datagrams a call, where the ring would take one an entry.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "reactor/driver/datagram_arrival.h"
#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/taken_socket.h"
#include "reactor/driver/uring/uring_driver.h"
#include "reactor/error.h"

namespace eddy::driver {
namespace {

// In front of each payload, in this order: what came, from whom, and as control messages how long the datagrams in it
// are and where they have arrived. Of the last there are none for a Unix socket: they would be its peers' descriptors
// (unix(7), SCM_RIGHTS).
constexpr std::size_t longest_header =
    sizeof(io_uring_recvmsg_out) + sizeof(sockaddr_storage) + sizeof(DatagramControl);
constexpr ReceiveBuffers::Shape datagram_buffers{.count = 32, .size = DatagramBatch::largest + longest_header};
static_assert(longest_header % alignof(cmsghdr) == 0 && datagram_buffers.size % alignof(cmsghdr) == 0);
std::size_t control_size(const Datagrams& socket) {
  return socket.combined || socket.tells_arrival ? sizeof(DatagramControl) : 0;
}
constexpr std::uint16_t datagram_group = 1;

}  // namespace

std::error_code UringDriver::make_datagram_buffers() {
  if (datagram_buffers_ != nullptr) return {};
  try {
    datagram_buffers_ = std::make_unique<ReceiveBuffers>(ring_.native(), datagram_group, datagram_buffers);
  } catch (const std::system_error& no_buffers) {
    return no_buffers.code();
  } catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
  }
  return {};
}

// A loop that is set up by another thread than turns it gets them when it turns (Ring, SINGLE_ISSUER).
std::error_code UringDriver::prepare_for_datagrams() {
  return ring_.elsewhere() ? std::error_code() : make_datagram_buffers();
}

std::error_code UringDriver::bind(Datagrams& socket, Address& local, const DatagramOptions& options) {
  auto error = prepare_for_datagrams();
  if (error) return error;
  auto opened = open_datagram(local, options, error);
  if (error) return error;
  socket.combined = has_segments && local.is_ip();
  socket.tells_arrival = options.arrival && local.is_ip();
  socket.queue.combines_up_to = combinable_size(local, opened.get());
  add(socket, std::move(opened));
  return {};
}

std::error_code UringDriver::take(Datagrams& socket, OwnedSocket taken, Address& local) {
  auto error = prepare_for_datagrams();
  if (!error) error = prepare_taken(taken.get(), Role::datagrams, local);
  if (error) return error;
  socket.queue.combines_up_to = combinable_size(local, taken.get());
  add(socket, BoundSocket(std::move(taken)));
  return {};
}

std::error_code UringDriver::connect(Datagrams& socket, const Address& peer) {
  bool pending = false;
  return driver::connect(socket.socket, peer, pending);
}

void UringDriver::receive(Datagrams& socket, bool on) {
  DatagramFlags(socket).set(DatagramFlag::receiving, on);
  come_back_to(socket);
}

void UringDriver::flush(Datagrams& socket) {
  if (is_armed(socket, Operation::writable) || sender_.send(socket, now_)) return;
  DatagramFlags(socket).set(DatagramFlag::full);
  come_back_to(socket);
}

void UringDriver::close(Datagrams& socket) {
  socket.RetryNode::unlink();
  forget(socket);
}

void UringDriver::submit(Datagrams& socket) {
  DatagramFlags flags(socket);
  if (const auto error = make_datagram_buffers()) {
    sender_.note_error(socket, error);
    flags.clear(DatagramFlag::receiving);
  }
  if (start_receiving(socket, Operation::receive_datagrams, flags.has(DatagramFlag::receiving))) {
    ring_.receive_datagrams(socket.id, socket.socket, control_size(socket), *datagram_buffers_);
    note_asked(socket, Operation::receive_datagrams);
  }
  if (flags.has(DatagramFlag::full) && !is_armed(socket, Operation::writable)) {
    ring_.poll_once(Operation::writable, socket.id, socket.socket, POLLOUT);
    note_asked(socket, Operation::writable);
    flags.clear(DatagramFlag::full);
  }
}

void UringDriver::delivered(Datagrams& socket, const Completion& completion) {
  if (completion.operation == Operation::receive_datagrams) return datagram_completed(socket, completion);
  if (completion.result == -ECANCELED) {  // when the loop came to rest, with datagrams queued
    DatagramFlags(socket).set(DatagramFlag::full);
    return come_back_to(socket);
  }
  if (completion.result < 0) {
    sender_.wait_a_while(socket, now_);
    return socket.datagram_failed({-completion.result, std::system_category()});
  }
  flush(socket);
  socket.datagram_progress();
}

void UringDriver::datagram_completed(Datagrams& socket, const Completion& completion) {
  if (completion.result < 0) {
    const std::error_code error{-completion.result, std::system_category()};
    // ENOBUFS here is our own shortage of buffers; they are back by now.
    if (completion.result == -ECANCELED || completion.result == -ENOBUFS || completion.result == -EINTR ||
        would_block(error)) {
      return;
    }
    if (++socket.receive_failures >= Datagrams::lasting) {
      socket.DriverNode::unlink();
      sender_.wait_a_while(socket, now_);
    }
    return socket.datagram_failed(error);
  }
  socket.receive_failures = 0;
  DatagramFlags(socket).set(DatagramFlag::served);
  const auto data = completion.received.data;
  io_uring_recvmsg_out out{};
  std::memcpy(&out, data.data(), sizeof out);
  const auto name = data.without_first(sizeof out).first(sizeof(sockaddr_storage));
  const auto behind_name = data.without_first(sizeof out + name.size());
  const auto control = behind_name.first(out.controllen);
  const auto message = behind_name.without_first(control_size(socket));
  if ((out.flags & MSG_TRUNC) != 0) {
    ++stats_.datagrams_truncated;
    socket.datagram_failed(Errc::datagram_too_long);
  } else {
    batch_ = socket.id;
    const bool ip = out.namelen > 0 && reinterpret_cast<const sockaddr*>(name.data())->sa_family != AF_UNIX;
    const auto from = Address::from_native(ip ? Transport::udp : Transport::unix_datagram, name.data(),
                                           std::min<std::size_t>(out.namelen, name.size()));
    msghdr received{};
    received.msg_control = const_cast<std::byte*>(control.data());
    received.msg_controllen = static_cast<decltype(received.msg_controllen)>(control.size());
    if (socket.tells_arrival) socket.arrived = arrival_of(received);
    const auto size = received_size(received, message.size());
    if (!deliver_datagrams(socket, endpoints_, message, size, from, stats_)) return;
    if (socket.queue.is_long()) flush(socket);
  }
}

void UringDriver::end_batch() {
  if (auto* endpoint = endpoints_.find(std::exchange(batch_, {})))
    static_cast<Datagrams*>(endpoint)->datagram_batch_end();
}

}  // namespace eddy::driver
