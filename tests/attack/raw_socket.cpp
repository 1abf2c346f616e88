#include "raw_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace attack {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int no_signal = MSG_NOSIGNAL;
#else
constexpr int no_signal = 0;  // main ignores SIGPIPE
#endif

const sockaddr* native_of(const eddy::Address& address) { return static_cast<const sockaddr*>(address.native()); }
socklen_t size_of(const eddy::Address& address) { return static_cast<socklen_t>(address.native_size()); }

int make_socket(const eddy::Address& address) {
  const int descriptor = ::socket(native_of(address)->sa_family, address.is_stream() ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (descriptor < 0) return -1;
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  return descriptor;
}

RawSocket::Done done_of(ssize_t result) {
  if (result >= 0) return {.bytes = static_cast<std::size_t>(result)};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS) return {.would_block = true};
  return {.broken = true};
}

}  // namespace

RawSocket::~RawSocket() { close(); }

void RawSocket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

RawSocket RawSocket::connect(const eddy::Address& to, const std::string& from) {
  RawSocket socket(make_socket(to));
  if (!socket.open()) return {};
  if (!from.empty() && to.transport() == eddy::Transport::tcp && !to.is_ipv6()) {
    sockaddr_in local{};
    local.sin_family = AF_INET;
    ::inet_pton(AF_INET, from.c_str(), &local.sin_addr);
    // Not every system has all of 127.0.0.0/8: it comes from the usual address then.
    if (::bind(socket.descriptor_, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) errno = 0;
  }
#ifdef __linux__
  if (to.transport() == eddy::Transport::unix_datagram) {
    const sockaddr_un any{.sun_family = AF_UNIX, .sun_path = {}};
    if (::bind(socket.descriptor_, reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family) != 0) return {};
  }
#endif
  if (::connect(socket.descriptor_, native_of(to), size_of(to)) != 0 && errno != EINPROGRESS) return {};
  return socket;
}

RawSocket RawSocket::listen(const eddy::Address& at) {
  RawSocket socket(make_socket(at));
  if (!socket.open() || ::bind(socket.descriptor_, native_of(at), size_of(at)) != 0 ||
      (at.is_stream() && ::listen(socket.descriptor_, 128) != 0)) {
    throw std::system_error(errno, std::system_category(), at.to_string());
  }
  return socket;
}

RawSocket RawSocket::accept() const {
  RawSocket peer(::accept(descriptor_, nullptr, nullptr));
  if (peer.open()) {
    ::fcntl(peer.descriptor_, F_SETFD, FD_CLOEXEC);
    ::fcntl(peer.descriptor_, F_SETFL, ::fcntl(peer.descriptor_, F_GETFL) | O_NONBLOCK);
  }
  return peer;
}

eddy::Address RawSocket::local(eddy::Transport transport) const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return eddy::Address::from_native(transport, &storage, size);
}

int RawSocket::error() const {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

RawSocket::Done RawSocket::send(std::string_view data) const {
  return done_of(::send(descriptor_, data.data(), data.size(), no_signal));
}

RawSocket::Done RawSocket::receive(char* to, std::size_t room) const {
  auto done = done_of(::recv(descriptor_, to, room, 0));
  done.ended = done.bytes == 0 && !done.would_block && !done.broken;
  return done;
}

RawSocket::Done RawSocket::send_to(std::string_view data, const eddy::Address& to) const {
  return done_of(::sendto(descriptor_, data.data(), data.size(), no_signal, native_of(to), size_of(to)));
}

RawSocket::Done RawSocket::receive_from(char* to, std::size_t room, eddy::Address& from,
                                        eddy::Transport transport) const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const auto done = done_of(::recvfrom(descriptor_, to, room, 0, reinterpret_cast<sockaddr*>(&storage), &size));
  if (!done.would_block && !done.broken) from = eddy::Address::from_native(transport, &storage, size);
  return done;
}

void RawSocket::finish() const { ::shutdown(descriptor_, SHUT_WR); }

void RawSocket::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void RawSocket::set_buffers(int bytes) const {
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

bool RawSocket::wait(short events, eddy::Duration within) const {
  pollfd look{descriptor_, events, 0};
  const auto limit = std::chrono::ceil<std::chrono::milliseconds>(within).count();
  return ::poll(&look, 1, static_cast<int>(std::clamp<std::int64_t>(limit, 0, 60'000))) > 0;
}

}  // namespace attack
