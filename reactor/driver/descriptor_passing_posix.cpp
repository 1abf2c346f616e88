#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>

#include "reactor/driver/control_message_posix.h"
#include "reactor/driver/next_header.h"
#include "reactor/driver/retry.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

#ifdef MSG_CMSG_CLOEXEC
constexpr int receiving_flags = MSG_CMSG_CLOEXEC;
void end_with_exec(int /*descriptor*/) {}
#else
constexpr int receiving_flags = 0;
void end_with_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }
#endif

#if defined(SO_PASSRIGHTS)
constexpr int pass_descriptors_option = SO_PASSRIGHTS;
#elif defined(__linux__) && !defined(__sparc__) && !defined(__hppa__)
constexpr int pass_descriptors_option = 83;  // older headers do not know it
#else
constexpr int pass_descriptors_option = 0;
#endif

// Calls `visit(descriptor)` for each that the message has brought.
template <class Visit>
void for_each_descriptor(msghdr& message, Visit visit) {
  const auto* end = static_cast<const std::byte*>(message.msg_control) + message.msg_controllen;
  for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = next_header(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const auto* data = reinterpret_cast<const std::byte*>(CMSG_DATA(header));
    // For a message that was cut, some systems give the length that it had.
    const auto told = static_cast<std::size_t>(header->cmsg_len) - static_cast<std::size_t>(CMSG_LEN(0));
    const auto size = std::min(told, static_cast<std::size_t>(end - data));
    for (std::size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
      int descriptor = -1;
      std::memcpy(&descriptor, data + at, sizeof descriptor);
      visit(descriptor);
    }
  }
}

// Takes all descriptors, or none.
std::error_code take_descriptors(msghdr& message, std::vector<OwnedDescriptor>& attached) {
  std::size_t count = 0;
  for_each_descriptor(message, [&](int) { ++count; });
  try {
    attached.reserve(count);
  } catch (const std::bad_alloc&) {
    for_each_descriptor(message, [](int descriptor) { driver::close(descriptor); });
    return {ENOMEM, std::system_category()};
  }
  for_each_descriptor(message, [&](int descriptor) {
    end_with_exec(descriptor);
    attached.emplace_back(descriptor);
  });
  if ((message.msg_flags & MSG_CTRUNC) == 0) return {};
  attached.clear();
  return {EMFILE, std::system_category()};
}

}  // namespace

void allow_attaching(NativeSocket socket, bool allowed) {
  const int value = allowed ? 1 : 0;
  // An older system does not know it, and goes on as it always did.
  if (pass_descriptors_option != 0) set_option(socket, SOL_SOCKET, pass_descriptors_option, value);
}

void attach(msghdr& message, ControlMessage& control, std::span<const OwnedDescriptor> attached) {
  const auto size = attached.size() * sizeof(int);
  assert(CMSG_SPACE(size) <= control.room.size());
  std::memset(control.room.data(), 0, CMSG_SPACE(size));
  message.msg_control = control.room.data();
  message.msg_controllen = static_cast<decltype(message.msg_controllen)>(CMSG_SPACE(size));
  auto* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = static_cast<decltype(header->cmsg_len)>(CMSG_LEN(size));
  auto* data = reinterpret_cast<std::byte*>(CMSG_DATA(header));
  for (const auto& each : attached) {
    const int descriptor = each.get();
    std::memcpy(data, &descriptor, sizeof descriptor);
    data += sizeof descriptor;
  }
}

std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::vector<OwnedDescriptor>& attached,
                    std::error_code& error) {
  ControlMessage control;
  iovec bytes{buffer, size};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.room.data();
  message.msg_controllen = static_cast<decltype(message.msg_controllen)>(control.room.size());
  const auto count = retry([&] { return ::recvmsg(socket, &message, receiving_flags); });
  if (count < 0) {
    error = last_error();
    return 0;
  }
  error = take_descriptors(message, attached);
  return error ? 0 : static_cast<std::size_t>(count);
}

}  // namespace eddy::driver
