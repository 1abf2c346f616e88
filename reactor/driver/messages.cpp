#include "reactor/driver/messages.h"

#include "reactor/driver/retry.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

#if defined(__linux__) || defined(__NetBSD__)

std::size_t receive_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error) {
  const auto most = static_cast<unsigned>(messages.size());
  const int count = retry([&] { return ::recvmmsg(socket, messages.data(), most, MSG_DONTWAIT, nullptr); });
  if (count >= 0) return static_cast<std::size_t>(count);
  error = last_error();
  return 0;
}

std::size_t send_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error) {
  const auto count = retry([&] {
    return ::sendmmsg(socket, messages.data(), static_cast<unsigned>(messages.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
  });
  if (count >= 0) return static_cast<std::size_t>(count);
  error = send_error(socket);
  return 0;
}

#else

namespace {

// Makes `call` for one message after the other, until it fails.
template <class Call>
std::size_t each(std::span<Message> messages, Call call) {
  std::size_t count = 0;
  for (auto& message : messages) {
    const auto size = retry([&] { return call(message.msg_hdr); });
    if (size < 0) break;
    message.msg_len = static_cast<unsigned>(size);
    ++count;
  }
  return count;
}

}  // namespace

std::size_t receive_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error) {
  const auto count = each(messages, [&](msghdr& header) { return ::recvmsg(socket, &header, MSG_DONTWAIT); });
  if (count < messages.size()) error = last_error();
  return count;
}

std::size_t send_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error) {
  const auto count =
      each(messages, [&](const msghdr& header) { return ::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (count == 0 && !messages.empty()) error = send_error(socket);
  return count;
}

#endif

}  // namespace eddy::driver
