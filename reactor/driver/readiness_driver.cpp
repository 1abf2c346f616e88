#include "reactor/driver/readiness_driver.h"

#include <algorithm>

namespace eddy::driver {
namespace {

constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t most_pieces = 64;
constexpr int most_accepts = 64;

// Asking the socket clears its error, so that no later event tells of it again. It may have told somebody else since.
std::error_code error_of(NativeSocket socket, const PollEvent& event) {
  const auto error = connect_result(socket);
  return error || event.code == 0 ? error : system_error_code(event.code);
}

Interests interests_of(Interest interest) {
  return interest == Interest::none ? Interests{0}
                                    : static_cast<Interests>(static_cast<Interests>(interest) | want_foreign);
}

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

// ---- streams

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
  std::array<Bytes, most_pieces> pieces;
  while ((stream.flags & writable) != 0 && (stream.flags & connected) == 0 && stream.socket != no_socket) {
    auto used = stream.output.gather({pieces.data(), most_pieces - 1});
    std::size_t total = 0;
    for (std::size_t i = 0; i < used; ++i) total += pieces[i].size();
    const bool all_queued = total == stream.output.size();
    if (all_queued && taken < more.size()) {
      pieces[used] = more.without_first(taken);
      total += pieces[used++].size();
    }
    if (total == 0) break;
    std::size_t count = 0;
    if (const auto error = write(stream, {pieces.data(), used}, total, count)) return error;
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

// ---- acceptors

std::error_code ReadinessDriver::listen(Acceptor& acceptor, Address& local, const ListenOptions& options) {
  std::error_code error;
  auto socket = open_listening(local, options, error);
  if (error) return error;
  acceptor.flags = writable;
  if ((error = add_to_poller(acceptor, socket.get(), 0))) return error;
  socket.release();
  if (local.is_unix_path()) unix_paths_.insert_or_assign(acceptor.id.slot, UnixPath(local.host()));
  return {};
}

void ReadinessDriver::accept(Acceptor& acceptor, bool on) {
  if (acceptor.socket == no_socket) return;
  acceptor.flags = on ? writable | receiving : writable;
  update_interest(acceptor);
}

void ReadinessDriver::close(Acceptor& acceptor) {
  forget(acceptor);
  endpoints_.remove(acceptor);
}

// As many accepts as succeeded lately, doubling: a lone client costs one call, a crowd no turn each, and the call that
// finds nobody stays rare.
void ReadinessDriver::accept_some(Acceptor& acceptor) {
  const auto id = acceptor.id;
  for (int i = 0; i < acceptor.accept_batch; ++i) {
    if ((acceptor.flags & receiving) == 0) return;
    std::error_code error;
    const auto connection = driver::accept(acceptor.socket, error);
    if (!error) {
      acceptor.accepted(connection);
      if (endpoints_.find(id) == nullptr) return;  // destroyed by the new session
    } else if (would_block(error)) {
      acceptor.accept_batch = 1;
      acceptor.may_shed = true;
      return;
    } else if (exhausted(error)) {
      accept(acceptor, false);
      // Once for each time that the backlog fills up: those still waiting get in when a descriptor is free.
      const bool descriptors =
          error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system;
      const bool shed = descriptors && std::exchange(acceptor.may_shed, false) && reserve_.shed_one(acceptor.socket);
      acceptor.accept_batch = 1;
      return acceptor.accept_failed(error, shed);
    }
    // accept(2): any other error (ECONNABORTED, EPROTO, ...) is about that one connection, which is gone.
  }
  acceptor.accept_batch = std::min(acceptor.accept_batch * 2, most_accepts);
}

// ---- datagram sockets

std::error_code ReadinessDriver::bind(Datagrams& socket, Address& local, const DatagramOptions& options) {
  std::error_code error;
  auto opened = open_datagram(local, options, error);
  if (error) return error;
  if (datagrams_ == nullptr) datagrams_ = std::make_unique<DatagramBatch>();
  socket.flags = writable;
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
  const auto count = datagrams_->receive(socket.socket, error);
  // Failed: by an ICMP error that a peer's host sent. The socket is well, and there may be datagrams behind it.
  const bool failed = error && !would_block(error);
  if (count < DatagramBatch::most && !failed) socket.flags = static_cast<std::uint8_t>(socket.flags & ~readable);
  for (std::size_t i = 0; i < count && socket.socket != no_socket; ++i) {
    if (datagrams_->truncated(i)) {
      ++stats_.datagrams_truncated;
    } else {
      socket.datagram_received(datagrams_->payload(i), datagrams_->from(i));
    }
  }
  if (socket.socket != no_socket && count > 0) socket.datagram_batch_end();
  if (socket.socket != no_socket && failed) socket.datagram_failed(error);
  if (socket.socket != no_socket && edges_ && (socket.flags & both) == both) come_back_to(socket);
}

void ReadinessDriver::flush(Datagrams& socket) {
  if ((socket.flags & (writable | retrying)) != writable) return;
  switch (send_queued(socket.socket, socket.queue, socket.id, datagram_errors_)) {
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

// ---- foreign descriptors

std::error_code ReadinessDriver::watch(Watched& watched, int descriptor, Interest interest) {
  // Added in any case: that tells whether it can be watched at all.
  const auto wanted = interests_of(interest);
  if (const auto error = add_to_poller(watched, descriptor, static_cast<Interests>(wanted | want_foreign))) {
    endpoints_.remove(watched);
    return error;
  }
  watched.armed = wanted;
  if (wanted == 0) poller_->remove(watched.socket);
  watches_.try_emplace(watched.socket, watched.id);
  return {};
}

void ReadinessDriver::set_interest(Watched& watched, Interest interest) {
  const auto wanted = interests_of(interest);
  if (watched.socket == no_socket || watched.armed == wanted) return;
  // With no interest it is not with the poller: a hang-up would be reported all the same.
  if (wanted == 0) {
    poller_->remove(watched.socket);
  } else if (watched.armed == 0) {
    poller_->add(watched.socket, watched.id.token(), wanted);
  } else {
    poller_->modify(watched.socket, watched.id.token(), wanted);
  }
  watched.armed = wanted;
}

void ReadinessDriver::unwatch(Watched& watched) {
  if (watched.id == Id{}) return;
  if (watched.armed != 0) poller_->remove(watched.socket);
  if (const auto watch = watches_.find(watched.socket); watch != watches_.end() && watch->second == watched.id) {
    watches_.erase(watch);
  }
  watched.socket = no_socket;
  watched.armed = 0;
  endpoints_.remove(watched);
}

Address ReadinessDriver::local_address(const Endpoint& endpoint) const {
  return local_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}
Address ReadinessDriver::peer_address(const Endpoint& endpoint) const {
  return peer_address_of(endpoint.socket, endpoint.kind != Kind::datagrams);
}

}  // namespace eddy::driver
