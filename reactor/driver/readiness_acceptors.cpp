// ReadinessDriver's acceptors and foreign descriptors.
#include "reactor/driver/accept_failure.h"
#include "reactor/driver/readiness_driver.h"
#include "reactor/driver/socket_options.h"
#include "reactor/driver/taken_socket.h"

namespace eddy::driver {
namespace {

constexpr int most_accepts = 64;

Interests interests_of(Interest interest) {
  return interest == Interest::none ? Interests{0}
                                    : static_cast<Interests>(static_cast<Interests>(interest) | want_foreign);
}

}  // namespace

std::error_code ReadinessDriver::listen(Acceptor& acceptor, Address& local, const ListenOptions& options) {
  std::error_code error;
  auto socket = open_listening(local, options, error, acceptor.wants_descriptors);
  if (!error) add(acceptor, std::move(socket));
  return error;
}

std::error_code ReadinessDriver::share(Acceptor& acceptor, const Acceptor& other) {
  std::error_code error;
  BoundSocket socket(duplicate(other.socket, error));
  if (!error) add(acceptor, std::move(socket));
  return error;
}

std::error_code ReadinessDriver::take(Acceptor& acceptor, OwnedSocket socket, Address& local) {
  const auto error = prepare_taken(socket.get(), Role::listening, local, acceptor.wants_descriptors);
  if (!error) add(acceptor, BoundSocket(std::move(socket)));
  return error;
}

void ReadinessDriver::add(Acceptor& acceptor, BoundSocket socket) {
  endpoints_.add(acceptor);
  if (!watches_.empty()) end_watch_of(socket.get());
  keep_path(acceptor, std::move(socket.path));
  acceptor.resets_accepted = accepted_forget_reset(socket.get());
  acceptor.socket = socket.release();
}

// The poller has an acceptor while that accepts: epoll_ctl(2) does not change an exclusive interest, and a level that
// nobody takes would be reported without end.
void ReadinessDriver::accept(Acceptor& acceptor, bool on) {
  if (acceptor.socket == no_socket || on == (acceptor.armed != 0)) return;
  if (!on) {
    edges_.levels().remove(acceptor.socket);
    acceptor.armed = 0;
    return;
  }
  const Interests interests = acceptor.exclusive ? want_read | want_exclusive : want_read;
  if (edges_.levels().add(acceptor.socket, acceptor.id.token(), interests)) return come_back_to(acceptor);
  acceptor.armed = interests;
}

void ReadinessDriver::close(Acceptor& acceptor) {
  // Closing the duplicate alone would not end the interest: the others keep the socket open.
  accept(acceptor, false);
  forget(acceptor);
}

// As many accepts as succeeded lately, doubling: a lone client costs one call, a crowd no turn each, and the call that
// finds nobody stays rare.
void ReadinessDriver::accept_some(Acceptor& acceptor) {
  const auto id = acceptor.id;
  for (int i = 0; i < acceptor.accept_batch; ++i) {
    if (acceptor.armed == 0) return;
    std::error_code error;
    const auto connection = driver::accept(acceptor.socket, error);
    if (!error) {
      acceptor.lost_in_a_row = 0;
      if (acceptor.resets_accepted) reset_on_close(connection);
      acceptor.accepted(connection);
      if (endpoints_.find(id) == nullptr) return;  // destroyed by the new session
      continue;
    }
    const auto failure = accept_failure(acceptor, error);
    if (failure == AcceptFailure::nobody_waits) {
      acceptor.accept_batch = 1;
      acceptor.may_shed = true;
      return;
    }
    if (failure == AcceptFailure::lasting) {
      accept(acceptor, false);
      // The reserve descriptor is used once for each time that the backlog fills up: those still waiting get in when a
      // descriptor is free.
      const bool descriptors =
          error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system;
      const bool shed = descriptors && std::exchange(acceptor.may_shed, false) && reserve_.shed_one(acceptor.socket);
      acceptor.accept_batch = 1;
      return acceptor.accept_failed(error, shed);
    }
    ++stats_.accept_errors;
  }
  acceptor.accept_batch = std::min(acceptor.accept_batch * 2, most_accepts);
}

// ---- foreign descriptors

std::error_code ReadinessDriver::watch(Watched& watched, int descriptor, Interest interest) {
  const auto socket = static_cast<NativeSocket>(descriptor);
  endpoints_.add(watched);
  // The descriptor is added in any case: that tells whether it can be watched at all.
  const auto wanted = interests_of(interest);
  const auto [place, first] = watches_.emplace(socket, watched.id);
  auto error = std::make_error_code(std::errc::file_exists);
  if (first) error = edges_.levels().add(socket, watched.id.token(), static_cast<Interests>(wanted | want_foreign));
  if (error) {
    if (first) watches_.erase(place);
    endpoints_.remove(watched);
    return error;
  }
  watched.socket = socket;
  watched.armed = wanted;
  if (wanted == 0) edges_.levels().remove(socket);
  return {};
}

std::error_code ReadinessDriver::set_interest(Watched& watched, Interest interest) {
  const auto wanted = interests_of(interest);
  if (watched.socket == no_socket || watched.armed == wanted) return {};
  // A descriptor without interest is not with the poller: a hang-up would be reported all the same.
  auto& poller = edges_.levels();
  if (wanted == 0) {
    poller.remove(watched.socket);
  } else if (watched.armed != 0) {
    poller.modify(watched.socket, watched.id.token(), wanted);
  } else if (const auto error = poller.add(watched.socket, watched.id.token(), wanted)) {
    return error;
  }
  watched.armed = wanted;
  return {};
}

void ReadinessDriver::unwatch(Watched& watched) {
  if (watched.id == Id{}) return;
  if (watched.armed != 0) edges_.levels().remove(watched.socket);
  if (watched.socket != no_socket) watches_.erase(watched.socket);
  watched.socket = no_socket;
  watched.armed = 0;
  endpoints_.remove(watched);
}

// Our own socket has the number of a watched descriptor, since its owner has closed that one or has given it to us:
// what is said of the number by its Watch from here would be said of ours.
void ReadinessDriver::end_watch_of(NativeSocket number) {
  const auto watch = watches_.find(number);
  if (watch == watches_.end()) return;
  if (auto* watched = endpoints_.find(watch->second)) {
    if (watched->armed != 0) edges_.levels().remove(number);
    watched->socket = no_socket;
    watched->armed = 0;
  }
  watches_.erase(watch);
}

void ReadinessDriver::watched_event(Watched& watched, const PollEvent& event) {
  // Another callback of these events may have changed the interest.
  const bool broken = event.error || event.hangup;
  const bool read = (event.read || event.end) && (watched.armed & want_read) != 0;
  const bool write = event.write && (watched.armed & want_write) != 0;
  if (watched.armed == 0 || !(read || write || broken)) return;
  watched.watched_ready({.read = read || broken, .write = write || broken, .error = broken});
}

}  // namespace eddy::driver
