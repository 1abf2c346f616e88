#include "reactor/driver/socket.h"

#include <algorithm>
#include <array>
#include <utility>

#include "reactor/driver/datagram_options.h"
#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/descriptor_passing.h"
#include "reactor/driver/retry.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_options.h"
#include "reactor/driver/unix_access.h"
#include "reactor/error.h"

namespace eddy::driver {
namespace {

int whole_seconds(Duration duration) {
  return static_cast<int>(
      std::max<std::chrono::seconds::rep>(1, std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

// What is above their maximum some systems cut down to it, others refuse: then half of it, and so on.
std::error_code set_buffer(NativeSocket socket, int option, int size) {
  const int unset = option_value(socket, SOL_SOCKET, option);
  auto error = set_option(socket, SOL_SOCKET, option, size);
  while (error == std::errc::no_buffer_space) {
    size /= 2;
    error = size > unset ? set_option(socket, SOL_SOCKET, option, size) : std::error_code();
  }
  return error;
}

// What a listener sets is inherited by what it accepts, so that accepting costs no option calls.
std::error_code apply(NativeSocket socket, const Address& address, const SocketOptions& options) {
  std::error_code error;
  if (options.receive_buffer) error = set_buffer(socket, SO_RCVBUF, *options.receive_buffer);
  if (options.send_buffer && !error) error = set_buffer(socket, SO_SNDBUF, *options.send_buffer);
  if (options.linger) reset_on_close(socket);
  if (!address.is_ip()) return error;
  if (options.local_ports && !error)
    error = set_local_ports(socket, options.local_ports->first, options.local_ports->last);
  if (options.no_delay && !error) error = set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.keep_alive && !error) {
    error = set_keep_alive(socket, whole_seconds(options.keep_alive->idle), whole_seconds(options.keep_alive->interval),
                           options.keep_alive->probes);
  }
  return error;
}

std::error_code apply_binding(NativeSocket socket, const Address& address, bool reuse_address, bool reuse_port,
                              std::optional<bool> v6_only) {
  std::error_code error;
  if (address.is_ipv6()) {
    const bool only = v6_only.value_or(!address.both_families());
    error = set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, only ? 1 : 0);
    // OpenBSD has no socket of both. One of IPv6 alone would be less than was asked for.
    if (!only && error == std::errc::invalid_argument) error = std::make_error_code(std::errc::operation_not_supported);
  }
  if (!error && address.is_ip()) error = set_reuse_address(socket, reuse_address);
  if (!error && reuse_port && address.is_ip()) error = set_reuse_port(socket);
  return error;
}

std::error_code bind_local(BoundSocket& socket, const Address& address, const UnixFileOptions& file = {}) {
  if (!address.is_ip()) withhold_access(socket.get(), file);
  if (address.is_unnamed()) {
    if (const auto error = grant_access(address, file)) return error;
    if (!abstract_unix_names) return {};
    // unix(7), autobind: a free abstract name, so that the peer can answer.
    const sa_family_t family = AF_UNIX;
    const auto* unnamed = reinterpret_cast<const sockaddr*>(&family);
    return retry([&] { return ::bind(socket.get(), unnamed, sizeof family); }) == 0 ? std::error_code() : last_error();
  }
  auto error = bind(socket.get(), address);
  if (error == std::errc::address_in_use && address.is_unix_path()) {
    if (UnixPath::is_taken_by_another_kind(address)) return Errc::not_a_socket;
    if (UnixPath::remove_stale(address)) error = bind(socket.get(), address);
  }
  if (!error && address.is_unix_path()) socket.path = UnixPath(address.host());
  if (!error && !address.is_ip()) error = grant_access(address, file);
  return error;
}

// Some kernels have no IPv6: then `*` is IPv4's.
Address ipv4_wildcard(const Address& address) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(address.port());
  return Address::from_native(address.transport(), &any, sizeof any);
}

BoundSocket open_for_binding(Address& local, std::error_code& error) {
  BoundSocket socket(open_socket(local, error));
  if (error != std::errc::address_family_not_supported || !local.both_families()) return socket;
  local = ipv4_wildcard(local);
  error = {};
  return BoundSocket(open_socket(local, error));
}

void learn_port(NativeSocket socket, Address& local, bool stream) {
  if (local.is_ip() && local.port() == 0) local = local.with_port(local_address_of(socket, stream).port());
  if (local.is_unnamed()) local = local_address_of(socket, stream);
}

Transport transport_of(int family, bool stream) {
  if (family == AF_UNIX) return stream ? Transport::unix_stream : Transport::unix_datagram;
  return stream ? Transport::tcp : Transport::udp;
}

template <class Ask>
Address ask_address(Ask ask, NativeSocket socket, bool stream) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (socket == no_socket || ask(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return Address::from_native(transport_of(storage.ss_family, stream), &storage,
                              std::min<std::size_t>(static_cast<std::size_t>(size), sizeof storage));
}

}  // namespace

bool ends_connection(std::error_code error) {
  constexpr std::array ends{std::errc::connection_reset, std::errc::connection_aborted, std::errc::broken_pipe,
                            std::errc::timed_out,        std::errc::host_unreachable,   std::errc::network_unreachable};
  return std::any_of(ends.begin(), ends.end(), [=](std::errc end) { return error == end; });
}

BoundSocket open_listening(Address& local, const ListenOptions& options, std::error_code& error,
                           bool wants_descriptors) {
  auto socket = open_for_binding(local, error);
  if (!error) error = apply_binding(socket.get(), local, options.reuse_address, options.reuse_port, options.v6_only);
  if (!error) error = apply(socket.get(), local, options.socket);
  if (!error) error = bind_local(socket, local, options.unix_file);
  if (!error && !local.is_ip()) allow_attaching(socket.get(), wants_descriptors);
  if (!error) error = listen(socket.get(), options.backlog);
  if (!error && options.socket.fast_open && local.is_ip()) set_fast_open_listening(socket.get(), options.backlog);
  if (!error) learn_port(socket.get(), local, true);
  return error ? BoundSocket() : std::move(socket);
}

BoundSocket open_datagram(Address& local, const DatagramOptions& options, std::error_code& error) {
  auto socket = open_for_binding(local, error);
  if (!error) error = apply_binding(socket.get(), local, options.reuse_address, options.reuse_port, options.v6_only);
  if (!error && options.receive_buffer) error = set_buffer(socket.get(), SO_RCVBUF, *options.receive_buffer);
  if (!error && options.send_buffer) error = set_buffer(socket.get(), SO_SNDBUF, *options.send_buffer);
  if (!error) error = apply(socket.get(), local, options);
  if (!error && local.is_ip()) {
    make_room_for_datagrams(socket.get(), !options.receive_buffer, !options.send_buffer);
    combine_received(socket.get());
  }
  if (!error && !local.is_ip()) allow_attaching(socket.get(), false);
  if (!error) error = bind_local(socket, local, options.unix_file);
  if (!error) learn_port(socket.get(), local, false);
  return error ? BoundSocket() : std::move(socket);
}

BoundSocket open_connecting(const Address& to, const Address* source, const SocketOptions& options,
                            std::error_code& error, bool wants_descriptors) {
  BoundSocket socket(open_socket(to, error));
  if (!error && !to.is_ip()) allow_attaching(socket.get(), wants_descriptors);
  if (!error) error = apply(socket.get(), to, options);
  if (!error && options.fast_open && to.is_ip()) set_fast_open_connecting(socket.get());
  if (!error && source != nullptr) {
#ifdef IP_BIND_ADDRESS_NO_PORT
    // The port is chosen at connect, when the peer is known: one source port serves many peers (ip(7)).
    if (source->is_ip() && source->port() == 0) set_option(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
#endif
    error = bind_local(socket, *source);
  }
  return error ? BoundSocket() : std::move(socket);
}

Address local_address_of(NativeSocket socket, bool stream) { return ask_address(&::getsockname, socket, stream); }
std::error_code check_connected(NativeSocket socket, bool is_tcp) {
  if (!is_tcp) return {};
  const auto local = local_address_of(socket, true);
  if (local.is_unnamed() || local != ask_address(&::getpeername, socket, true)) return {};
  reset_on_close(socket);
  return std::make_error_code(std::errc::connection_refused);
}
Address peer_address_of(NativeSocket socket, bool stream) {
  const auto connected = ask_address(&::getpeername, socket, stream);
  return connected.is_unnamed() ? former_peer_of(socket) : connected;
}

}  // namespace eddy::driver
