#include "reactor/driver/messages.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

// What an ICMP "port unreachable" is elsewhere.
std::error_code datagram_error() {
  return WSAGetLastError() == WSAECONNRESET ? system_error_code(WSAECONNREFUSED) : last_error();
}

}  // namespace

std::size_t receive_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error) {
  std::size_t received = 0;
  for (auto& message : messages) {
    auto& header = message.msg_hdr;
    const auto& buffer = *header.msg_iov;
    const auto size = ::recvfrom(socket, static_cast<char*>(buffer.iov_base), static_cast<int>(buffer.iov_len), 0,
                                 static_cast<sockaddr*>(header.msg_name), &header.msg_namelen);
    const bool truncated = size < 0 && WSAGetLastError() == WSAEMSGSIZE;
    if (size < 0 && !truncated) {
      error = datagram_error();
      break;
    }
    header.msg_flags = truncated ? MSG_TRUNC : 0;
    message.msg_len = static_cast<unsigned>(truncated ? buffer.iov_len : static_cast<std::size_t>(size));
    ++received;
  }
  return received;
}

std::size_t send_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error) {
  std::size_t sent = 0;
  for (const auto& [header, unused] : messages) {
    const auto& payload = *header.msg_iov;
    if (::sendto(socket, static_cast<const char*>(payload.iov_base), static_cast<int>(payload.iov_len), 0,
                 static_cast<const sockaddr*>(header.msg_name), header.msg_namelen) < 0) {
      if (sent == 0) error = datagram_error();
      break;
    }
    ++sent;
  }
  return sent;
}

}  // namespace eddy::driver
