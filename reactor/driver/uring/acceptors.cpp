// UringDriver's acceptors and foreign descriptors.
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

#include "reactor/driver/accept_failure.h"
#include "reactor/driver/taken_socket.h"
#include "reactor/driver/uring/uring_driver.h"

namespace eddy::driver {
namespace {

bool readable_now(int descriptor) {
  pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) > 0;
}

// As epoll_ctl(2) says: what is always ready, such as a file or /dev/null, cannot be waited for.
std::error_code check_watchable(int descriptor) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return {errno, std::system_category()};
  epoll_event none{};
  std::error_code error;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &none) != 0) error = {errno, std::system_category()};
  ::close(epoll);
  return error;
}

}  // namespace

std::error_code UringDriver::listen(Acceptor& acceptor, Address& local, const ListenOptions& options) {
  std::error_code error;
  auto socket = open_listening(local, options, error, acceptor.wants_descriptors);
  if (!error) add(acceptor, std::move(socket));
  return error;
}

std::error_code UringDriver::share(Acceptor& acceptor, const Acceptor& other) {
  std::error_code error;
  BoundSocket socket(duplicate(other.socket, error));
  if (!error) add(acceptor, std::move(socket));
  return error;
}

std::error_code UringDriver::take(Acceptor& acceptor, OwnedSocket socket, Address& local) {
  const auto error = prepare_taken(socket.get(), Role::listening, local, acceptor.wants_descriptors);
  if (!error) add(acceptor, BoundSocket(std::move(socket)));
  return error;
}

void UringDriver::accept(Acceptor& acceptor, bool on) {
  if (acceptor.socket == no_socket) return;
  AnyFlags(acceptor).set(AnyFlag::receiving, on);
  come_back_to(acceptor);
}

void UringDriver::submit(Acceptor& acceptor) {
  if (!start_receiving(acceptor, Operation::accept, AnyFlags(acceptor).has(AnyFlag::receiving))) return;
  // Accepts wait exclusively, in a queue: one that is woken leaves it and comes back at its end. A multishot one would
  // stay at the head and get every connection, its loop's being busy notwithstanding.
  if (acceptor.exclusive) {
    ring_.accept_one(acceptor.id, acceptor.socket);
  } else {
    ring_.accept(acceptor.id, acceptor.socket);
  }
  note_asked(acceptor, Operation::accept);
}

void UringDriver::delivered(Acceptor& acceptor, const Completion& completion) {
  if (completion.result >= 0) {
    acceptor.lost_in_a_row = 0;
    // As long as others wait it is the same shortage.
    if (!acceptor.may_shed) acceptor.may_shed = !readable_now(acceptor.socket);
    return acceptor.accepted(completion.result);
  }
  const std::error_code error{-completion.result, std::system_category()};
  if (!AnyFlags(acceptor).has(AnyFlag::receiving)) return;
  const auto failure = accept_failure(acceptor, error);
  if (failure == AcceptFailure::one_is_gone) ++stats_.accept_errors;
  if (failure != AcceptFailure::lasting) return;
  accept(acceptor, false);
  const bool descriptors = error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system;
  const bool shed = descriptors && std::exchange(acceptor.may_shed, false) && reserve_.shed_one(acceptor.socket);
  acceptor.accept_failed(error, shed);
}

// ---- foreign descriptors

// The set of the notices is the parent's, too.
void UringDriver::follow(int descriptor, Interest interest) {
  if (notices_ && !in_child()) notices_->follow(descriptor, interest);
}

std::error_code UringDriver::watch(Watched& watched, int descriptor, Interest interest) {
  if (const auto error = check_watchable(descriptor)) return error;
  if (watches_.contains(descriptor)) return std::make_error_code(std::errc::file_exists);
  endpoints_.add(watched);
  watches_.emplace(descriptor, watched.id);
  watched.socket = descriptor;
  watched.flags = static_cast<std::uint16_t>(interest);
  follow(descriptor, interest);
  come_back_to(watched);
  return {};
}

std::error_code UringDriver::set_interest(Watched& watched, Interest interest) {
  if (watched.socket == no_socket || interest_of(watched) == interest) return {};
  // What is under way asks for something else.
  if (watched.armed != 0 && !in_child()) ring_.cancel(Operation::watch, watched.id);
  watched.flags = static_cast<std::uint16_t>(interest);
  follow(watched.socket, interest);
  come_back_to(watched);
  return {};
}

void UringDriver::unwatch(Watched& watched) {
  if (watched.socket != no_socket) end_watch_of(watched.socket);
  endpoints_.remove(watched);
}

void UringDriver::end_watch_of(NativeSocket number) {
  const auto watch = watches_.find(number);
  if (watch == watches_.end()) return;
  follow(number, Interest::none);
  auto& watched = *endpoints_.find(watch->second);
  end_operations(watched);
  watched.socket = no_socket;
  watched.armed = watched.expected = 0;
  watched.DriverNode::unlink();
  watches_.erase(watch);
}

// The poll is asked for anew each time, so that it is level-triggered. It also tells that a peer has finished, though
// nobody asked, and would again at once: then one that tells of changes alone waits for what is of interest.
void UringDriver::submit(Watched& watched) {
  const auto interest = interest_of(watched);
  if (interest == Interest::none || watched.armed != 0) return;
  if (WatchFlags(watched).has(WatchFlag::by_changes)) {
    ring_.poll_changes(Operation::watch, watched.id, watched.socket, poll_events(interest));
  } else {
    ring_.poll_once(Operation::watch, watched.id, watched.socket, poll_events(interest));
  }
  note_asked(watched, Operation::watch);
}

void UringDriver::delivered(Watched& watched, const Completion& completion) {
  // What it was asked for may not be of interest any more.
  const auto interest = interest_of(watched);
  if (completion.result == -ECANCELED || interest == Interest::none) return;
  WatchFlags flags(watched);
  if (completion.more && !flags.has(WatchFlag::by_changes)) return;  // it is being cancelled
  // The owner may have closed the descriptor: asking again would find the same.
  if (completion.result < 0) {
    watched.flags = 0;
    follow(watched.socket, Interest::none);
  }
  const auto events = completion.result < 0 ? unsigned{POLLERR} : static_cast<unsigned>(completion.result);
  const bool error = (events & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  const bool read = (events & (POLLIN | POLLRDHUP)) != 0 && flags.has(WatchFlag::read);
  const bool write = (events & POLLOUT) != 0 && flags.has(WatchFlag::write);
  if (!read && !write && !error) return flags.set(WatchFlag::by_changes);
  flags.clear(WatchFlag::by_changes);
  if (completion.more) ring_.cancel(Operation::watch, watched.id);
  watched.watched_ready({.read = read || error, .write = write || error, .error = error});
}

}  // namespace eddy::driver
