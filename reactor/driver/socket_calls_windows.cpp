#include <algorithm>
#include <array>
#include <string>

#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"
#include "reactor/forever.h"

namespace eddy::driver {
namespace {

struct Meaning {
  DWORD code;
  std::errc condition;
  const char* text;
};

// The errors that socket calls give, in the words of other systems: libstdc++'s system_category knows none of them as a
// std::errc, and has no text for most.
constexpr std::array meanings{
    Meaning{WSAEINTR, std::errc::interrupted, "Interrupted"},
    Meaning{WSAEBADF, std::errc::bad_file_descriptor, "Bad file descriptor"},
    Meaning{WSAEACCES, std::errc::permission_denied, "Permission denied"},
    Meaning{WSAEFAULT, std::errc::bad_address, "Bad address"},
    Meaning{WSAEINVAL, std::errc::invalid_argument, "Invalid argument"},
    Meaning{WSAEMFILE, std::errc::too_many_files_open, "Too many open files"},
    Meaning{WSAEWOULDBLOCK, std::errc::operation_would_block, "Resource temporarily unavailable"},
    Meaning{WSAEINPROGRESS, std::errc::operation_in_progress, "Operation now in progress"},
    Meaning{WSAEALREADY, std::errc::connection_already_in_progress, "Operation already in progress"},
    Meaning{WSAENOTSOCK, std::errc::not_a_socket, "Socket operation on non-socket"},
    Meaning{WSAEDESTADDRREQ, std::errc::destination_address_required, "Destination address required"},
    Meaning{WSAEMSGSIZE, std::errc::message_size, "Message too long"},
    Meaning{WSAEPROTOTYPE, std::errc::wrong_protocol_type, "Protocol wrong type for socket"},
    Meaning{WSAENOPROTOOPT, std::errc::no_protocol_option, "Protocol not available"},
    Meaning{WSAEPROTONOSUPPORT, std::errc::protocol_not_supported, "Protocol not supported"},
    Meaning{WSAESOCKTNOSUPPORT, std::errc::not_supported, "Socket type not supported"},
    Meaning{WSAEOPNOTSUPP, std::errc::operation_not_supported, "Operation not supported"},
    Meaning{WSAEAFNOSUPPORT, std::errc::address_family_not_supported, "Address family not supported by protocol"},
    Meaning{WSAEADDRINUSE, std::errc::address_in_use, "Address already in use"},
    Meaning{WSAEADDRNOTAVAIL, std::errc::address_not_available, "Cannot assign requested address"},
    Meaning{WSAENETDOWN, std::errc::network_down, "Network is down"},
    Meaning{WSAENETUNREACH, std::errc::network_unreachable, "Network is unreachable"},
    Meaning{WSAENETRESET, std::errc::network_reset, "Network dropped connection on reset"},
    Meaning{WSAECONNABORTED, std::errc::connection_aborted, "Software caused connection abort"},
    Meaning{WSAECONNRESET, std::errc::connection_reset, "Connection reset by peer"},
    Meaning{WSAENOBUFS, std::errc::no_buffer_space, "No buffer space available"},
    Meaning{WSAEISCONN, std::errc::already_connected, "Transport endpoint is already connected"},
    Meaning{WSAENOTCONN, std::errc::not_connected, "Transport endpoint is not connected"},
    Meaning{WSAESHUTDOWN, std::errc::broken_pipe, "Broken pipe"},
    Meaning{WSAETIMEDOUT, std::errc::timed_out, "Connection timed out"},
    Meaning{WSAECONNREFUSED, std::errc::connection_refused, "Connection refused"},
    Meaning{WSAEHOSTUNREACH, std::errc::host_unreachable, "No route to host"},
    Meaning{WSAHOST_NOT_FOUND, std::errc::no_such_device_or_address, "Name or service not known"},
    Meaning{WSATRY_AGAIN, std::errc::resource_unavailable_try_again, "Temporary failure in name resolution"},
    Meaning{WSANO_DATA, std::errc::no_such_device_or_address, "No address associated with hostname"},
};

class WindowsCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "windows"; }
  std::string message(int code) const override {
    if (const auto* meaning = find(code)) return meaning->text;
    return std::system_category().message(code) + " (" + std::to_string(code) + ")";
  }
  std::error_condition default_error_condition(int code) const noexcept override {
    if (const auto* meaning = find(code)) return meaning->condition;
    return std::system_category().default_error_condition(code);
  }

 private:
  static const Meaning* find(int code) {
    const auto* found = std::find_if(meanings.begin(), meanings.end(),
                                     [=](const Meaning& each) { return each.code == static_cast<DWORD>(code); });
    return found == meanings.end() ? nullptr : found;
  }
};

int int_size(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

// Non-blocking, and no child's.
std::error_code prepare(NativeSocket socket) {
  u_long on = 1;
  if (ioctlsocket(socket, FIONBIO, &on) != 0) return last_error();
  SetHandleInformation(reinterpret_cast<HANDLE>(socket), HANDLE_FLAG_INHERIT, 0);
  return {};
}

// A datagram socket without a peer is not told that one of its datagrams found nobody: which one, it could not know.
void tell_of_refusals(NativeSocket socket, BOOL on) {
  DWORD size = 0;
  WSAIoctl(socket, SIO_UDP_CONNRESET, &on, sizeof on, nullptr, 0, &size, nullptr, nullptr);
}

}  // namespace

void start_sockets() {
  static const int error = [] {
    WSADATA unused;
    return WSAStartup(MAKEWORD(2, 2), &unused);
  }();
  if (error != 0) throw std::system_error(system_error_code(static_cast<std::uint32_t>(error)), "WSAStartup");
}

std::error_code system_error_code(std::uint32_t code) {
  static const Forever<WindowsCategory> category;
  return {static_cast<int>(code), category.value};
}

std::error_code last_error() { return system_error_code(static_cast<std::uint32_t>(WSAGetLastError())); }

std::error_code send_error(NativeSocket /*socket*/) { return last_error(); }

std::error_code reset_error() { return system_error_code(WSAECONNRESET); }

bool would_block(std::error_code error) { return error == std::errc::operation_would_block; }

bool exhausted(std::error_code error) {
  return error == std::errc::too_many_files_open || error == std::errc::no_buffer_space ||
         error == std::errc::not_enough_memory;
}

std::error_code set_option(NativeSocket socket, int level, int option, int value) {
  if (setsockopt(socket, level, option, reinterpret_cast<const char*>(&value), sizeof value) == 0) return {};
  return last_error();
}

int option_value(NativeSocket socket, int level, int option) {
  int value = 0;
  int size = sizeof value;
  return getsockopt(socket, level, option, reinterpret_cast<char*>(&value), &size) == 0 ? value : 0;
}

OwnedSocket open_socket(const Address& address, std::error_code& error) {
  start_sockets();
  const int family = address.is_ip() ? (address.is_ipv6() ? AF_INET6 : AF_INET) : AF_UNIX;
  const int type = address.is_stream() ? SOCK_STREAM : SOCK_DGRAM;
  OwnedSocket socket(WSASocketW(family, type, 0, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
  if (!socket) {
    error = last_error();
    return socket;
  }
  error = prepare(socket.get());
  if (error) return {};
  if (!address.is_stream()) tell_of_refusals(socket.get(), FALSE);
  return socket;
}

std::error_code bind(NativeSocket socket, const Address& address) {
  if (::bind(socket, static_cast<const sockaddr*>(address.native()), int_size(address.native_size())) == 0) return {};
  return last_error();
}

std::error_code listen(NativeSocket socket, int backlog) {
  return ::listen(socket, backlog) == 0 ? std::error_code() : last_error();
}

std::error_code make_ours(NativeSocket socket) { return prepare(socket); }

OwnedSocket duplicate(NativeSocket socket, std::error_code& error) {
  WSAPROTOCOL_INFOW description{};
  if (WSADuplicateSocketW(socket, GetCurrentProcessId(), &description) != 0) {
    error = last_error();
    return {};
  }
  OwnedSocket copy(WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &description, 0,
                              WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
  if (!copy) {
    error = last_error();
    return copy;
  }
  error = prepare(copy.get());
  if (error) return {};
  return copy;
}

std::error_code connect(NativeSocket socket, const Address& to, bool& pending) {
  pending = false;
  if (!to.is_stream()) tell_of_refusals(socket, TRUE);
  if (::connect(socket, static_cast<const sockaddr*>(to.native()), int_size(to.native_size())) == 0) return {};
  if (WSAGetLastError() != WSAEWOULDBLOCK) return last_error();
  pending = true;
  return {};
}

std::error_code connect_result(NativeSocket socket) {
  int error = 0;
  int size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&error), &size) != 0) return last_error();
  return error == 0 ? std::error_code() : system_error_code(static_cast<std::uint32_t>(error));
}

NativeSocket accept(NativeSocket listening, std::error_code& error) {
  OwnedSocket socket(::accept(listening, nullptr, nullptr));
  if (!socket) {
    error = last_error();
  } else if ((error = prepare(socket.get()))) {
    return no_socket;
  }
  return socket.release();
}

std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::error_code& error) {
  const auto count = ::recv(socket, static_cast<char*>(buffer), int_size(size), 0);
  if (count >= 0) return static_cast<std::size_t>(count);
  error = last_error();
  return 0;
}

// Nothing can be attached.
std::size_t send(NativeSocket socket, std::span<const Bytes> pieces, std::error_code& error,
                 std::span<const OwnedDescriptor> /*attached*/) {
  std::array<WSABUF, 64> vectors;
  const auto used = std::min(pieces.size(), vectors.size());
  for (std::size_t i = 0; i < used; ++i) {
    auto* data = reinterpret_cast<char*>(const_cast<std::byte*>(pieces[i].data()));
    vectors[i] = {static_cast<ULONG>(int_size(pieces[i].size())), data};
  }
  DWORD count = 0;
  if (WSASend(socket, vectors.data(), static_cast<DWORD>(used), &count, 0, nullptr, nullptr) == 0) return count;
  error = last_error();
  return 0;
}

bool has_unread(NativeSocket socket) {
  char byte = 0;
  return ::recv(socket, &byte, 1, MSG_PEEK) > 0;
}

std::error_code shutdown_output(NativeSocket socket) {
  if (::shutdown(socket, SD_SEND) == 0) return {};
  // The peer's reset came first: that, not "not connected", is what happened.
  return WSAGetLastError() == WSAENOTCONN ? reset_error() : last_error();
}

std::size_t unacknowledged_output(NativeSocket /*socket*/) { return 0; }

void reset_on_close(NativeSocket socket) {
  const linger value{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&value), sizeof value);
}

void close(NativeSocket socket) noexcept { ::closesocket(socket); }

// Windows has no small limit of sockets that could be run into: there is nothing to hold in reserve.
ReserveDescriptor::ReserveDescriptor() = default;
ReserveDescriptor::~ReserveDescriptor() = default;
bool ReserveDescriptor::shed_one(NativeSocket /*listening*/) { return false; }

}  // namespace eddy::driver
