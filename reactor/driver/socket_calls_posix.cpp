#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#ifdef __linux__
#include <linux/sockios.h>
#endif

#include "reactor/driver/control_message_posix.h"
#include "reactor/driver/retry.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/driver/unix_probe.h"

namespace eddy::driver {
namespace {

#ifdef __APPLE__
// What sending says of a connection that is being torn down, and of buffers that are in use for now.
constexpr bool torn_down_is_prototype = true;
constexpr bool no_buffers_is_full = true;

constexpr int opening_flags = 0;

// What the other systems do in the call that opens a socket. Its errors do not matter: setsockopt says EINVAL of an
// accepted connection that its peer has ended already.
void prepare(NativeSocket socket) {
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  ::fcntl(socket, F_SETFL, O_NONBLOCK);
  // Kernels may be older than MSG_NOSIGNAL.
  set_option(socket, SOL_SOCKET, SO_NOSIGPIPE, 1);
}

int accept_one(NativeSocket listening) { return ::accept(listening, nullptr, nullptr); }
#else
constexpr bool torn_down_is_prototype = false;
constexpr bool no_buffers_is_full = false;
constexpr int opening_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
void prepare(NativeSocket /*socket*/) {}
int accept_one(NativeSocket listening) { return ::accept4(listening, nullptr, nullptr, opening_flags); }
#endif

bool is_unix(NativeSocket socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.ss_family == AF_UNIX;
}

// Without /dev, as in a bare chroot, a socket does.
int open_nothing() {
  const int descriptor = retry([] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); });
  return descriptor >= 0 ? descriptor : ::socket(AF_UNIX, SOCK_DGRAM | opening_flags, 0);
}

}  // namespace

void start_sockets() {}

std::error_code system_error_code(std::uint32_t code) { return {static_cast<int>(code), std::system_category()}; }

std::error_code last_error() { return {errno, std::system_category()}; }

std::error_code reset_error() { return {ECONNRESET, std::system_category()}; }

std::error_code send_error(NativeSocket socket) {
  if (torn_down_is_prototype && errno == EPROTOTYPE) return reset_error();
  const auto error = last_error();
  // The BSDs see first that nothing can be sent, Linux why: the reset that is still to be told.
  if (error != std::errc::broken_pipe) return error;
  const auto cause = connect_result(socket);
  return cause ? cause : error;
}

bool would_block(std::error_code error) {
  return error == std::errc::operation_would_block || error == std::errc::resource_unavailable_try_again;
}

bool exhausted(std::error_code error) {
  return error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system ||
         error == std::errc::no_buffer_space || error == std::errc::not_enough_memory;
}

std::error_code set_option(NativeSocket socket, int level, int option, int value) {
  if (setsockopt(socket, level, option, &value, sizeof value) == 0) return {};
  return last_error();
}

int option_value(NativeSocket socket, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(socket, level, option, &value, &size) == 0 ? value : 0;
}

OwnedSocket open_socket(const Address& address, std::error_code& error) {
  const int family = address.is_ip() ? (address.is_ipv6() ? AF_INET6 : AF_INET) : AF_UNIX;
  const int type = address.is_stream() ? SOCK_STREAM : SOCK_DGRAM;
  OwnedSocket socket(::socket(family, type | opening_flags, 0));
  if (!socket) {
    error = last_error();
  } else {
    prepare(socket.get());
  }
  return socket;
}

std::error_code bind(NativeSocket socket, const Address& address) {
  const auto* to = static_cast<const sockaddr*>(address.native());
  const auto size = static_cast<socklen_t>(address.native_size());
  return retry([&] { return ::bind(socket, to, size); }) == 0 ? std::error_code() : last_error();
}

std::error_code listen(NativeSocket socket, int backlog) {
  return ::listen(socket, backlog) == 0 ? std::error_code() : last_error();
}

std::error_code make_ours(NativeSocket socket) {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags < 0 || ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0 || ::fcntl(socket, F_SETFD, FD_CLOEXEC) != 0) {
    return last_error();
  }
  prepare(socket);
  return {};
}

OwnedSocket duplicate(NativeSocket socket, std::error_code& error) {
  OwnedSocket copy(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
  if (!copy) error = last_error();
  return copy;
}

std::error_code connect(NativeSocket socket, const Address& to, bool& pending) {
  pending = false;
  bool interrupted = false;
  const auto result = retry([&] {
    const int outcome =
        ::connect(socket, static_cast<const sockaddr*>(to.native()), static_cast<socklen_t>(to.native_size()));
    interrupted |= outcome < 0 && errno == EINTR;
    return outcome;
  });
  if (result == 0) return {};
  const auto error = last_error();
  // connect(2): an attempt that was interrupted may go on all the same, and have succeeded by now.
  if (interrupted && error == std::errc::already_connected) return {};
  pending =
      error == std::errc::operation_in_progress || (interrupted && error == std::errc::connection_already_in_progress);
  if (pending) return {};
  const bool is_full = full_unix_backlog_refuses && error == std::errc::connection_refused && to.is_stream() &&
                       to.is_unix_path() && somebody_has_open(to);
  return is_full ? std::make_error_code(std::errc::resource_unavailable_try_again) : error;
}

std::error_code connect_result(NativeSocket socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return last_error();
  return {error, std::system_category()};
}

NativeSocket accept(NativeSocket listening, std::error_code& error) {
  const auto socket = retry([&] { return accept_one(listening); });
  if (socket < 0) {
    error = last_error();
  } else {
    prepare(socket);
  }
  return socket;
}

std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::error_code& error) {
  const auto count = retry([&] { return ::recv(socket, buffer, size, 0); });
  if (count >= 0) return static_cast<std::size_t>(count);
  error = last_error();
  return 0;
}

std::size_t send(NativeSocket socket, std::span<const Bytes> pieces, std::error_code& error,
                 std::span<const OwnedDescriptor> attached) {
  ssize_t count = 0;
  if (pieces.size() == 1 && attached.empty()) {
    count = retry([&] { return ::send(socket, pieces[0].data(), pieces[0].size(), MSG_NOSIGNAL); });
  } else {
    std::array<iovec, most_pieces> vectors;
    const auto used = std::min(pieces.size(), vectors.size());
    for (std::size_t i = 0; i < used; ++i) {
      vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(used);
    ControlMessage control;
    if (!attached.empty()) attach(message, control, attached);
    count = retry([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); });
  }
  if (count >= 0) return static_cast<std::size_t>(count);
  error = send_error(socket);
  if (no_buffers_is_full && error == std::errc::no_buffer_space) {
    error = std::make_error_code(std::errc::resource_unavailable_try_again);
  }
  return 0;
}

bool has_unread(NativeSocket socket) {
  char byte = 0;
  return retry([&] { return ::recv(socket, &byte, 1, MSG_PEEK); }) > 0;
}

std::error_code shutdown_output(NativeSocket socket) {
  if (::shutdown(socket, SHUT_WR) == 0) return {};
  if (errno != ENOTCONN) return last_error();
  // The BSDs take a Unix connection apart when the peer closes it: its end is still to be read, and is no error.
  if (is_unix(socket)) return connect_result(socket);
  // The peer's reset came first: that, not "not connected", is what happened.
  return reset_error();
}

#if defined(__linux__)
std::size_t unacknowledged_output(NativeSocket socket) {
  int count = 0;  // with the FIN
  return ::ioctl(socket, SIOCOUTQ, &count) == 0 && count > 1 ? static_cast<std::size_t>(count) - 1 : 0;
}
#elif defined(FIONWRITE)
std::size_t unacknowledged_output(NativeSocket socket) {
  int count = 0;
  return ::ioctl(socket, FIONWRITE, &count) == 0 && count > 0 ? static_cast<std::size_t>(count) : 0;
}
#elif defined(SO_NWRITE)
std::size_t unacknowledged_output(NativeSocket socket) {
  return static_cast<std::size_t>(std::max(0, option_value(socket, SOL_SOCKET, SO_NWRITE)));
}
#else
std::size_t unacknowledged_output(NativeSocket /*socket*/) { return 0; }
#endif

void reset_on_close(NativeSocket socket) {
  const linger value{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof value);
}

void close(NativeSocket socket) noexcept {
  // close(2): the descriptor is gone even after EINTR, so it is never repeated.
  ::close(socket);
}

ReserveDescriptor::ReserveDescriptor() : descriptor_(open_nothing()) {}

ReserveDescriptor::~ReserveDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool ReserveDescriptor::shed_one(NativeSocket listening) {
  if (descriptor_ < 0) descriptor_ = open_nothing();
  if (descriptor_ < 0) return false;
  ::close(std::exchange(descriptor_, -1));
  std::error_code error;
  const auto connection = accept(listening, error);
  if (connection != no_socket) driver::close(connection);
  // Another thread may have taken the descriptor meanwhile; then the next time tries again.
  descriptor_ = open_nothing();
  return connection != no_socket;
}

}  // namespace eddy::driver
