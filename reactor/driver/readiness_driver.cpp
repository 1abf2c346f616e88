#include "reactor/driver/readiness_driver.h"

#include <algorithm>
#include <new>

#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/descriptor_passing.h"
#include "reactor/driver/sockaddr.h"

namespace eddy::driver {
namespace {

constexpr std::size_t read_size = 64 * 1024;

}  // namespace

ReadinessDriver::ReadinessDriver(Stats& stats, BlockPool& pool, std::unique_ptr<Poller> poller)
    : Driver(stats, pool), edges_(std::move(poller), endpoints_), buffer_(read_size) {}

ReadinessDriver::~ReadinessDriver() = default;

// ---- waiting

TimePoint ReadinessDriver::next_deadline() const {
  if (!ready_.empty() || !running_.empty() || !events_.empty()) return TimePoint::min();
  const auto deadline = sender_.next_deadline();
  return shortage_.why() ? std::min(deadline, shortage_.retry_at()) : deadline;
}

std::span<const PollEvent> ReadinessDriver::wait_for_events(Duration timeout) {
  try {
    const auto events = edges_.wait(timeout);
    shortage_.end();
    return events;
  } catch (const std::system_error& failure) {
    if (!Shortage::is(failure.code())) throw;
    begin_shortage(failure.code());
  } catch (const std::bad_alloc&) {
    begin_shortage(std::make_error_code(std::errc::not_enough_memory));
  }
  return {};
}

// An edge is reported once: what an exception has kept from being dispatched is the next wait's.
void ReadinessDriver::dispatch_events() {
  while (!events_.empty()) {
    const auto event = events_.front();
    events_ = events_.subspan(1);
    dispatch(event);
  }
}

void ReadinessDriver::wait(TimePoint deadline) {
  dispatch_events();
  deadline = std::min(deadline, next_deadline());
  if (shortage_.retry_at() > now_) {
    shortage_.sleep(deadline);
    refresh();
  }
  auto timeout = Duration::zero();
  if (deadline > now_) timeout = deadline == never ? unlimited : deadline - now_;
  if (shortage_.retry_at() <= now_) events_ = wait_for_events(shortage_.why() ? Duration::zero() : timeout);
  refresh();
  run_ready();
  sender_.report_errors();
  sender_.retry(
      now_, [this] { return clock(); },
      [this](Datagrams& socket) {
        flush(socket);
        if (socket.receive_failures >= Datagrams::lasting) come_back_to(socket);
      });
  dispatch_events();
}

void ReadinessDriver::dispatch(const PollEvent& event) {
  auto* endpoint = endpoints_.find(Id::from_token(event.token));
  if (endpoint == nullptr) {
    ++stats_.stale_events;
    return;
  }
  switch (endpoint->kind) {
    case Kind::stream: return stream_event(static_cast<Stream&>(*endpoint), event);
    case Kind::acceptor: return accept_some(static_cast<Acceptor&>(*endpoint));
    case Kind::datagrams: return datagram_event(static_cast<Datagrams&>(*endpoint), event);
    case Kind::watched: return watched_event(static_cast<Watched&>(*endpoint), event);
  }
}

void ReadinessDriver::register_anew() {
  edges_.levels().restart_in_child();
  std::error_code error;
  NativeSocket failed = no_socket;
  endpoints_.for_each([&](const Endpoint& endpoint) {
    if (error || endpoint.armed == 0) return;
    switch (endpoint.kind) {
      case Kind::stream:
      case Kind::datagrams: error = edges_.add_again(endpoint); break;
      case Kind::acceptor:
      case Kind::watched: error = edges_.levels().add(endpoint.socket, endpoint.id.token(), endpoint.armed); break;
    }
    if (error) failed = endpoint.socket;
  });
  if (error) throw std::system_error(error, "Loop::after_fork: descriptor " + std::to_string(failed));
}

void ReadinessDriver::come_back_to(Endpoint& endpoint) {
  if (!endpoint.DriverNode::linked()) ready_.push_back(endpoint);
}

void ReadinessDriver::run_ready() {
  running_.take_all(ready_);
  while (!running_.empty()) {
    auto& endpoint = running_.pop_front();
    switch (endpoint.kind) {
      case Kind::stream: step(static_cast<Stream&>(endpoint)); break;
      case Kind::datagrams: read(static_cast<Datagrams&>(endpoint)); break;
      case Kind::acceptor:
        // The poller had no memory for it: tried again after a while, like a shortage that accept meets.
        static_cast<Acceptor&>(endpoint).accept_failed(std::make_error_code(std::errc::not_enough_memory), false);
        break;
      case Kind::watched: break;
    }
  }
}

// Asking the socket clears its error, so that no later event tells of it again. It may have told somebody else since.
std::error_code ReadinessDriver::error_of(NativeSocket socket, const PollEvent& event) {
  const auto error = connect_result(socket);
  return error || event.code == 0 ? error : system_error_code(event.code);
}

void ReadinessDriver::drop_socket(Endpoint& endpoint) {
  if (endpoint.socket != no_socket) {
    edges_.levels().closing(endpoint.socket);
    driver::close(std::exchange(endpoint.socket, no_socket));
  }
  drop_path(endpoint);
  endpoint.DriverNode::unlink();
  endpoint.flags = endpoint.broken_by = 0;
  endpoint.armed = endpoint.expected = 0;
}

OwnedSocket ReadinessDriver::release(Endpoint& endpoint, Unreported& /*rest*/) {
  if (endpoint.armed != 0) edges_.levels().remove(endpoint.socket);
  OwnedSocket socket(std::exchange(endpoint.socket, no_socket));
  // As the system makes it: whoever gets it may want them. Others may listen at a listening socket still.
  if (endpoint.kind == Kind::stream) allow_attaching(socket.get(), true);
  if (endpoint.kind == Kind::datagrams) separate_received(socket.get());
  leave_path(endpoint);
  drop_socket(endpoint);
  return socket;
}

void ReadinessDriver::forget(Endpoint& endpoint) {
  drop_socket(endpoint);
  if (!peers_.empty() && endpoint.id != Id{}) peers_.erase(endpoint.id.slot);
  endpoints_.remove(endpoint);
}

void ReadinessDriver::remember_peer(const Stream& stream) {
  if constexpr (forgets_former_peers) {
    try {
      if (const auto peer = peer_address_of(stream.socket, true); peer.is_ip() && !peer.is_unnamed()) {
        peers_.insert_or_assign(stream.id.slot, peer);
      }
    } catch (const std::bad_alloc&) {
      // peer_address() answers as long as the system knows the peer.
    }
  }
}

Address ReadinessDriver::local_address(const Endpoint& endpoint) const {
  return local_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}
Address ReadinessDriver::peer_address(const Endpoint& endpoint) const {
  const auto told = peer_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
  if (!told.is_unnamed() || peers_.empty()) return told;
  const auto remembered = peers_.find(endpoint.id.slot);
  return remembered != peers_.end() ? remembered->second : told;
}

}  // namespace eddy::driver
