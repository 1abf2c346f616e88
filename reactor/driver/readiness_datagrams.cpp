// ReadinessDriver's datagram sockets.
#include <utility>

#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/readiness_driver.h"
#include "reactor/driver/taken_socket.h"
#include "reactor/error.h"

namespace eddy::driver {

std::error_code ReadinessDriver::bind(Datagrams& socket, Address& local, const DatagramOptions& options) {
  std::error_code error;
  auto opened = open_datagram(local, options, error);
  if (error) return error;
  socket.combined = has_segments && local.is_ip();
  socket.tells_arrival = options.arrival && local.is_ip();
  return add(socket, std::move(opened), local);
}

std::error_code ReadinessDriver::take(Datagrams& socket, OwnedSocket taken, Address& local) {
  const auto error = prepare_taken(taken.get(), Role::datagrams, local);
  return error ? error : add(socket, BoundSocket(std::move(taken)), local);
}

std::error_code ReadinessDriver::add(Datagrams& socket, BoundSocket opened, const Address& local) {
  if (datagrams_ == nullptr) datagrams_ = std::make_unique<DatagramBatch>();
  endpoints_.add(socket);
  if (!watches_.empty()) end_watch_of(opened.get());
  keep_path(socket, std::move(opened.path));  // the engine closes what could not be bound, and with it the path
  if (const auto error = edges_.add(socket, opened.get(), 0)) return error;
  socket.socket = opened.release();
  DatagramFlags(socket).set(DatagramFlag::writable);
  socket.queue.combines_up_to = combinable_size(local, socket.socket);
  return {};
}

std::error_code ReadinessDriver::connect(Datagrams& socket, const Address& peer) {
  bool pending = false;
  return driver::connect(socket.socket, peer, pending);
}

void ReadinessDriver::receive(Datagrams& socket, bool on) {
  DatagramFlags flags(socket);
  flags.set(DatagramFlag::receiving, on);
  if (!on) return edges_.disregard(socket, want_read);
  if (flags.has(DatagramFlag::readable)) return come_back_to(socket);
  if (const auto error = edges_.expect(socket, want_read)) sender_.note_error(socket, error);
}

void ReadinessDriver::datagram_event(Datagrams& socket, const PollEvent& event) {
  DatagramFlags flags(socket);
  const auto id = socket.id;
  if (event.read || event.error) flags.set(DatagramFlag::readable);
  if (event.error && (!flags.has(DatagramFlag::receiving) || event.code != 0)) {
    // Nobody reads the error off the socket, or the event has taken it from there.
    if (const auto error = error_of(socket.socket, event)) socket.datagram_failed(error);
    if (endpoints_.find(id) == nullptr) return;  // closed or destroyed by its callback; so below
  }
  if (event.write && !flags.has(DatagramFlag::writable)) {
    flags.set(DatagramFlag::writable);
    if (!socket.queue.empty()) {
      flush(socket);
      socket.datagram_progress();
    }
  }
  if (endpoints_.find(id) != nullptr && !socket.DriverNode::linked()) read(socket);
}

void ReadinessDriver::read(Datagrams& socket) {
  DatagramFlags flags(socket);
  if (!flags.has(DatagramFlag::receiving) || !flags.has(DatagramFlag::readable)) return;
  const auto open = [this, id = socket.id] { return endpoints_.find(id) != nullptr; };
  std::error_code error;
  const auto count = datagrams_->receive(socket, error);
  // A receive fails by an ICMP error that a peer's host sent. The socket is well, and there may be datagrams behind it.
  const bool failed = error && !would_block(error);
  socket.receive_failures = failed ? socket.receive_failures + 1 : 0;
  if (count < DatagramBatch::most && !failed) {
    flags.clear(DatagramFlag::readable);
    if (const auto deaf = edges_.expect(socket, want_read)) socket.datagram_failed(deaf);
  }
  for (std::size_t i = 0; i < count && open(); ++i) {
    if (datagrams_->truncated(i)) {
      ++stats_.datagrams_truncated;
      socket.datagram_failed(Errc::datagram_too_long);
      continue;
    }
    if (socket.tells_arrival) socket.arrived = datagrams_->arrival(i);
    if (deliver_datagrams(socket, endpoints_, datagrams_->message(i), datagrams_->datagram_size(i), datagrams_->from(i),
                          stats_)) {
      if (socket.queue.is_long()) flush(socket);
    }
  }
  if (open() && count > 0) socket.datagram_batch_end();
  if (open() && failed) socket.datagram_failed(error);
  if (open() && flags.has(DatagramFlag::readable) && flags.has(DatagramFlag::receiving)) {
    if (socket.receive_failures < Datagrams::lasting) return come_back_to(socket);
    sender_.wait_a_while(socket, now_);
  }
}

void ReadinessDriver::flush(Datagrams& socket) {
  DatagramFlags flags(socket);
  if (!flags.has(DatagramFlag::writable) || sender_.send(socket, now_)) return;
  flags.clear(DatagramFlag::writable);
  if (const auto error = edges_.expect(socket, want_write)) sender_.note_error(socket, error);
}

void ReadinessDriver::close(Datagrams& socket) {
  socket.RetryNode::unlink();
  forget(socket);
}

}  // namespace eddy::driver
