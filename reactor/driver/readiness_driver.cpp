#include "reactor/driver/readiness_driver.h"

#include <algorithm>

namespace eddy::driver {
namespace {

constexpr std::size_t read_size = 64 * 1024;

}  // namespace

ReadinessDriver::ReadinessDriver(Stats& stats, BlockPool& pool, std::unique_ptr<Poller> poller)
    : Driver(stats, pool), poller_(std::move(poller)), edges_(poller_->edge_triggered()), buffer_(read_size) {}

ReadinessDriver::~ReadinessDriver() = default;

// ---- waiting

void ReadinessDriver::wait(TimePoint deadline) {
  auto timeout = Duration::zero();
  if (!has_reports() && deadline > now_) timeout = deadline == never ? unlimited : deadline - now_;
  if (!to_retry_.empty()) timeout = std::min(timeout, retry_interval);
  const auto count = poller_->wait(events_, timeout);
  refresh();
  run_ready();
  retry();
  for (std::size_t i = 0; i < count; ++i) dispatch(events_[i]);
}

void ReadinessDriver::dispatch(const PollEvent& event) {
  auto* endpoint = endpoints_.find(Id::from_token(event.token));
  if (endpoint == nullptr) {
    ++stats_.stale_events;
    return;
  }
  dispatch(*endpoint, event);
}

void ReadinessDriver::dispatch(Endpoint& endpoint, const PollEvent& event) {
  switch (endpoint.kind) {
    case Kind::stream: return stream_event(static_cast<Stream&>(endpoint), event);
    case Kind::acceptor: return accept_some(static_cast<Acceptor&>(endpoint));
    case Kind::datagrams: {
      auto& socket = static_cast<Datagrams&>(endpoint);
      if (event.read || event.error) socket.flags |= readable;
      if (event.error && ((socket.flags & receiving) == 0 || event.code != 0)) {
        // Nobody reads it off, and a level-triggered poller would report it without end; or the event has taken it.
        if (const auto error = error_of(socket.socket, event)) socket.datagram_failed(error);
        if (socket.socket == no_socket) return;
      }
      if (event.write && (socket.flags & writable) == 0) {
        socket.flags |= writable;
        update_interest(socket);
        if (!socket.queue.empty()) {
          flush(socket);
          socket.datagram_progress();
        }
      }
      if (socket.socket != no_socket && (socket.flags & readable) != 0) read(socket);
      return;
    }
    case Kind::watched: {
      // Another callback of these events may have changed the interest.
      const bool broken = event.error || event.hangup;
      const bool read = (event.read || event.end) && (endpoint.armed & want_read) != 0;
      const bool write = event.write && (endpoint.armed & want_write) != 0;
      if (endpoint.armed == 0 || !(read || write || broken)) return;
      return static_cast<Watched&>(endpoint).watched_ready(
          {.read = read || broken, .write = write || broken, .error = broken});
    }
  }
}

void ReadinessDriver::come_back_to(Endpoint& endpoint) {
  if (endpoint.in_ready_list) return;
  endpoint.in_ready_list = true;
  ready_.push_back(endpoint.id);
}

void ReadinessDriver::run_ready() {
  running_ready_.swap(ready_);
  for (const auto id : running_ready_) {
    auto* endpoint = endpoints_.find(id);
    if (endpoint == nullptr) continue;
    endpoint->in_ready_list = false;
    if (endpoint->kind == Kind::datagrams) {
      read(static_cast<Datagrams&>(*endpoint));
      continue;
    }
    if (endpoint->kind == Kind::acceptor) {
      // The poller had no memory for it: tried again after a while, like a shortage that accept meets.
      auto& acceptor = static_cast<Acceptor&>(*endpoint);
      acceptor.flags = writable;
      acceptor.accept_failed(std::make_error_code(std::errc::not_enough_memory), false);
      continue;
    }
    auto& stream = static_cast<Stream&>(*endpoint);
    if ((stream.flags & connected) != 0) {
      stream.flags = static_cast<std::uint8_t>(stream.flags & ~connected);
      stream.stream_connected({});
    } else {
      read(stream);
    }
  }
  running_ready_.clear();

  const auto errors = std::exchange(datagram_errors_, {});
  for (const auto& [id, error] : errors) {
    if (auto* endpoint = endpoints_.find(id)) static_cast<Datagrams*>(endpoint)->datagram_failed(error);
  }
}

// Asking the socket clears its error, so that no later event tells of it again. It may have told somebody else since.
std::error_code ReadinessDriver::error_of(NativeSocket socket, const PollEvent& event) {
  const auto error = connect_result(socket);
  return error || event.code == 0 ? error : system_error_code(event.code);
}

// ---- registration

std::error_code ReadinessDriver::add_to_poller(Endpoint& endpoint, NativeSocket socket, Interests interests) {
  if (endpoint.id == Id{}) endpoints_.add(endpoint);
  if (endpoint.kind != Kind::watched && !watches_.empty()) end_watch_of(socket);
  const auto error = poller_->add(socket, endpoint.id.token(), interests);
  if (error) return error;
  endpoint.socket = socket;
  endpoint.armed = interests;
  return {};
}

// Our own socket has the number of a watched descriptor: so its owner has closed that one, and what is said of the
// number by its Watch from here would be said of ours.
void ReadinessDriver::end_watch_of(NativeSocket number) {
  const auto watch = watches_.find(number);
  if (watch == watches_.end()) return;
  if (auto* watched = endpoints_.find(watch->second)) {
    if (watched->armed != 0) poller_->closing(number);
    watched->socket = no_socket;
    watched->armed = 0;
  }
  watches_.erase(watch);
}

// Only level-triggered pollers need it for streams and datagram sockets; acceptors are level-triggered everywhere.
void ReadinessDriver::update_interest(Endpoint& endpoint) {
  if ((endpoint.armed & want_edge) != 0 || endpoint.socket == no_socket) return;
  Interests wanted = 0;
  if ((endpoint.flags & receiving) != 0) wanted |= want_read;
  if ((endpoint.flags & writable) == 0) wanted |= want_write;
  if ((endpoint.flags & unregistered) != 0) {
    if (wanted == 0) return;
    endpoint.flags = static_cast<std::uint8_t>(endpoint.flags & ~unregistered);
    poller_->add(endpoint.socket, endpoint.id.token(), wanted);
  } else if (wanted != endpoint.armed) {
    poller_->modify(endpoint.socket, endpoint.id.token(), wanted);
  }
  endpoint.armed = wanted;
}

void ReadinessDriver::forget(Endpoint& endpoint) {
  if (endpoint.socket != no_socket) {
    poller_->closing(endpoint.socket);
    driver::close(endpoint.socket);
    endpoint.socket = no_socket;
  }
  if (endpoint.id != Id{}) unix_paths_.erase(endpoint.id.slot);
  endpoint.flags = 0;
  endpoint.in_ready_list = false;
}

Address ReadinessDriver::local_address(const Endpoint& endpoint) const {
  return local_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}
Address ReadinessDriver::peer_address(const Endpoint& endpoint) const {
  return peer_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}

}  // namespace eddy::driver
