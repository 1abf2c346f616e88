// UringDriver's acceptors and foreign descriptors.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>

#include "reactor/driver/sockaddr.h"
#include "reactor/driver/uring/uring_driver.h"

namespace eddy::driver {
namespace {

bool readable_now(int descriptor) {
  pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 0) > 0;
}

}  // namespace

std::error_code UringDriver::listen(Acceptor& acceptor, Address& local, const ListenOptions& options) {
  std::error_code error;
  auto socket = open_listening(local, options, error);
  if (error) return error;
  add(acceptor, socket.release(), 0);
  if (local.is_unix_path()) unix_paths_.insert_or_assign(acceptor.id.slot, UnixPath(local.host()));
  return {};
}

void UringDriver::accept(Acceptor& acceptor, bool on) {
  if (acceptor.socket == no_socket) return;
  acceptor.flags = on ? receiving : 0;
  come_back_to(acceptor);
}

void UringDriver::submit(Acceptor& acceptor) {
  if (start_receiving(acceptor, Operation::accept, (acceptor.flags & receiving) != 0)) {
    ring_.accept(acceptor.id, acceptor.socket);
  }
}

void UringDriver::completed(Acceptor& acceptor, const Completion& completion) {
  if (completion.result >= 0) {
    // As long as others wait it is the same shortage.
    if (!acceptor.may_shed) acceptor.may_shed = !readable_now(acceptor.socket);
    return acceptor.accepted(completion.result);
  }
  const std::error_code error{-completion.result, std::system_category()};
  // accept(2): any other error (ECONNABORTED, EPROTO, ...) is about that one connection, which is gone.
  if ((acceptor.flags & receiving) == 0 || !exhausted(error)) return;
  accept(acceptor, false);
  const bool descriptors = error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system;
  const bool shed = descriptors && std::exchange(acceptor.may_shed, false) && reserve_.shed_one(acceptor.socket);
  acceptor.accept_failed(error, shed);
}

// ---- foreign descriptors

std::error_code UringDriver::watch(Watched& watched, int descriptor, Interest interest) {
  // As epoll_ctl(2) would: what is always ready cannot be waited for.
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return {errno, std::system_category()};
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
    return std::make_error_code(std::errc::operation_not_permitted);
  add(watched, descriptor, static_cast<std::uint8_t>(interest));
  come_back_to(watched);
  return {};
}

void UringDriver::set_interest(Watched& watched, Interest interest) {
  if (watched.socket == no_socket || watched.flags == static_cast<std::uint8_t>(interest)) return;
  watched.flags = static_cast<std::uint8_t>(interest);
  // What is under way asks for something else.
  if (watched.armed != 0) ring_.cancel_and_wait(watched.socket);
  come_back_to(watched);
}

void UringDriver::unwatch(Watched& watched) {
  if (watched.socket == no_socket) return;
  if (watched.armed != 0) ring_.cancel_and_wait(watched.socket);
  watched.socket = no_socket;
  watched.armed = 0;
  endpoints_.remove(watched);
}

// Asked for anew each time: level-triggered.
void UringDriver::submit(Watched& watched) {
  const auto interest = static_cast<Interest>(watched.flags);
  if (interest == Interest::none || watched.armed != 0) return;
  watched.armed = under_way(Operation::watch);
  const unsigned read = interest == Interest::write ? 0 : POLLIN | POLLRDHUP;
  const unsigned write = interest == Interest::read ? 0 : POLLOUT;
  ring_.poll_once(Operation::watch, watched.id, watched.socket, read | write);
}

void UringDriver::completed(Watched& watched, const Completion& completion) {
  if (completion.result < 0) return;  // cancelled, for another interest
  const auto events = static_cast<unsigned>(completion.result);
  const bool error = (events & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  const Ready ready{
      .read = (events & (POLLIN | POLLRDHUP)) != 0 || error, .write = (events & POLLOUT) != 0 || error, .error = error};
  watched.watched_ready(ready);
}

}  // namespace eddy::driver
