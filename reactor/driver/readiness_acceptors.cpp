// ReadinessDriver's acceptors and foreign descriptors.
#include "reactor/driver/readiness_driver.h"

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
  auto socket = open_listening(local, options, error);
  if (error) return error;
  if ((error = add(acceptor, std::move(socket)))) return error;
  if (local.is_unix_path()) unix_paths_.insert_or_assign(acceptor.id.slot, UnixPath(local.host()));
  return {};
}

std::error_code ReadinessDriver::share(Acceptor& acceptor, const Acceptor& other) {
  std::error_code error;
  auto socket = duplicate(other.socket, error);
  return error ? error : add(acceptor, std::move(socket));
}

std::error_code ReadinessDriver::add(Acceptor& acceptor, OwnedSocket socket) {
  acceptor.flags = writable;
  // epoll_ctl(2): an exclusive interest cannot be changed, only be there or not.
  if (acceptor.exclusive) {
    endpoints_.add(acceptor);
    if (!watches_.empty()) end_watch_of(socket.get());
    acceptor.socket = socket.get();
  } else if (const auto error = add_to_poller(acceptor, socket.get(), 0)) {
    return error;
  }
  socket.release();
  return {};
}

void ReadinessDriver::accept(Acceptor& acceptor, bool on) {
  if (acceptor.socket == no_socket) return;
  acceptor.flags = on ? writable | receiving : writable;
  if (!acceptor.exclusive) return update_interest(acceptor);
  if (on == (acceptor.armed != 0)) return;
  if (!on) {
    poller_->remove(acceptor.socket);
    acceptor.armed = 0;
  } else if (poller_->add(acceptor.socket, acceptor.id.token(), want_read | want_exclusive)) {
    come_back_to(acceptor);
  } else {
    acceptor.armed = want_read | want_exclusive;
  }
}

void ReadinessDriver::close(Acceptor& acceptor) {
  // Closing the duplicate alone would not end the interest: the others keep the socket open.
  if (acceptor.exclusive && acceptor.armed != 0) poller_->remove(acceptor.socket);
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

}  // namespace eddy::driver
