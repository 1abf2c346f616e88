#include "raw_socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <reactor/driver/sockaddr.h>
#include <reactor/driver/socket_options.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

namespace eddy::test {

RawSocket::RawSocket(const Address& to, int receive_buffer) {
  const auto* address = static_cast<const sockaddr*>(to.native());
  descriptor_ = ::socket(address->sa_family, to.is_stream() ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (receive_buffer > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (to.is_ip() && !to.is_stream()) driver::make_room_for_datagrams(descriptor_, receive_buffer == 0, true);
  if (::connect(descriptor_, address, static_cast<socklen_t>(to.native_size())) != 0) {
    ADD_FAILURE() << "connect to " << to.to_string() << ": " << std::strerror(errno);
    close();
  }
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), ended_(other.ended_), reset_(other.reset_) {}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  ended_ = other.ended_;
  reset_ = other.reset_;
  return *this;
}

RawSocket::~RawSocket() { close(); }

Address RawSocket::local() const {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &length);
  const bool ip = storage.ss_family == AF_INET || storage.ss_family == AF_INET6;
  int type = 0;
  socklen_t type_length = sizeof type;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_TYPE, &type, &type_length);
  const auto transport = type == SOCK_STREAM ? (ip ? Transport::tcp : Transport::unix_stream)
                                             : (ip ? Transport::udp : Transport::unix_datagram);
  return Address::from_native(transport, &storage, length);
}

void RawSocket::send(Bytes data) {
  while (!data.empty()) {
    const auto sent = ::send(descriptor_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == ECONNRESET || errno == EPIPE)) {
      reset_ = true;
      return;
    }
    if (sent < 0) {
      ADD_FAILURE() << "send: " << std::strerror(errno);
      return;
    }
    data = data.without_first(static_cast<std::size_t>(sent));
  }
}

std::size_t RawSocket::send_some(Bytes data) {
  const auto sent = ::send(descriptor_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

std::string RawSocket::read_some(std::size_t most) {
  std::vector<char> buffer(most);
  const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
  if (got == 0) ended_ = true;
  if (got < 0 && errno == ECONNRESET) reset_ = true;
  return {};
}

bool RawSocket::wait_readable(Duration within) {
  pollfd entry{.fd = descriptor_, .events = POLLIN, .revents = 0};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(within).count();
  return ::poll(&entry, 1, static_cast<int>(milliseconds)) > 0;
}

void RawSocket::set_send_buffer(int bytes) { ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes); }

void RawSocket::finish() { ::shutdown(descriptor_, SHUT_WR); }

void RawSocket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void RawSocket::close_with_reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

std::pair<RawSocket, RawSocket> socket_pair() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  return {RawSocket(ends[0]), RawSocket(ends[1])};
}

void send_urgent(driver::NativeSocket socket, char byte) { EXPECT_EQ(::send(socket, &byte, 1, MSG_OOB), 1); }

}  // namespace eddy::test
