#include "raw_socket.h"

#include <gtest/gtest.h>
#include <reactor/driver/sockaddr.h>
#include <reactor/driver/socket.h>

#include <chrono>
#include <vector>

namespace eddy::test {
namespace {

constexpr auto none = driver::no_socket;

bool is_reset(int error) { return error == WSAECONNRESET || error == WSAECONNABORTED || error == WSAESHUTDOWN; }

void set_blocking(SOCKET socket, bool on) {
  u_long non_blocking = on ? 0 : 1;
  ::ioctlsocket(socket, FIONBIO, &non_blocking);
}

}  // namespace

RawSocket::RawSocket(const Address& to, int receive_buffer) {
  driver::start_sockets();
  const auto* address = static_cast<const sockaddr*>(to.native());
  descriptor_ = ::socket(address->sa_family, to.is_stream() ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (receive_buffer > 0) driver::set_option(descriptor_, SOL_SOCKET, SO_RCVBUF, receive_buffer);
  if (::connect(descriptor_, address, static_cast<int>(to.native_size())) != 0) {
    ADD_FAILURE() << "connect to " << to.to_string() << ": " << driver::last_error().message();
    close();
  }
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, none)), ended_(other.ended_), reset_(other.reset_) {}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, none);
  ended_ = other.ended_;
  reset_ = other.reset_;
  return *this;
}

RawSocket::~RawSocket() { close(); }

Address RawSocket::local() const {
  int type = 0;
  int size = sizeof type;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size);
  return driver::local_address_of(descriptor_, type == SOCK_STREAM);
}

void RawSocket::send(Bytes data) {
  do {
    const auto sent = ::send(descriptor_, reinterpret_cast<const char*>(data.data()), static_cast<int>(data.size()), 0);
    if (sent < 0 && is_reset(WSAGetLastError())) {
      reset_ = true;
      return;
    }
    if (sent < 0) {
      ADD_FAILURE() << "send: " << driver::last_error().message();
      return;
    }
    data = data.without_first(static_cast<std::size_t>(sent));
  } while (!data.empty());
}

std::size_t RawSocket::send_some(Bytes data) {
  set_blocking(descriptor_, false);
  const auto sent = ::send(descriptor_, reinterpret_cast<const char*>(data.data()), static_cast<int>(data.size()), 0);
  set_blocking(descriptor_, true);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

std::string RawSocket::read_some(std::size_t most) {
  std::vector<char> buffer(most);
  set_blocking(descriptor_, false);
  const auto got = ::recv(descriptor_, buffer.data(), static_cast<int>(buffer.size()), 0);
  const int error = WSAGetLastError();
  set_blocking(descriptor_, true);
  if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
  if (got == 0) ended_ = true;
  if (got < 0 && is_reset(error)) reset_ = true;
  return {};
}

bool RawSocket::wait_readable(Duration within) {
  const auto microseconds = std::chrono::ceil<std::chrono::microseconds>(within).count();
  timeval limit{static_cast<long>(microseconds / 1'000'000), static_cast<long>(microseconds % 1'000'000)};
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(static_cast<SOCKET>(descriptor_), &readable);
  return ::select(0, &readable, nullptr, nullptr, &limit) > 0;
}

void RawSocket::set_send_buffer(int bytes) { driver::set_option(descriptor_, SOL_SOCKET, SO_SNDBUF, bytes); }

void RawSocket::finish() { ::shutdown(descriptor_, SD_SEND); }

void RawSocket::close() {
  if (descriptor_ != none) ::closesocket(std::exchange(descriptor_, none));
}

void RawSocket::close_with_reset() {
  driver::reset_on_close(descriptor_);
  close();
}

std::pair<RawSocket, RawSocket> socket_pair() {
  auto address = Address::parse("tcp://127.0.0.1:0");
  std::error_code error;
  const auto listening = driver::open_listening(address, {}, error);
  EXPECT_FALSE(error) << error.message();
  set_blocking(listening.get(), true);
  RawSocket first(address);
  RawSocket second(driver::NativeSocket{::accept(listening.get(), nullptr, nullptr)});
  return {std::move(first), std::move(second)};
}

void send_urgent(driver::NativeSocket socket, char byte) { EXPECT_EQ(::send(socket, &byte, 1, MSG_OOB), 1); }

}  // namespace eddy::test
