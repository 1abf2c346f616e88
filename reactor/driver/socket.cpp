#include "reactor/driver/socket.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "reactor/driver/sockaddr.h"
#include "reactor/driver/unix_path.h"

namespace eddy::driver {
namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

const sockaddr* native(const Address& address) { return static_cast<const sockaddr*>(address.native()); }
socklen_t native_size(const Address& address) { return static_cast<socklen_t>(address.native_size()); }

// Repeats a call that a signal interrupted.
template <class Call>
auto retry(Call&& call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

std::error_code set(NativeSocket socket, int level, int option, int value) {
  if (setsockopt(socket, level, option, &value, sizeof value) == 0) return {};
  return last_error();
}

int whole_seconds(Duration duration) {
  return static_cast<int>(
      std::max<std::chrono::seconds::rep>(1, std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

// What a listener sets is inherited by what it accepts, so that accepting costs no option calls.
std::error_code apply(NativeSocket socket, const Address& address, const SocketOptions& options) {
  std::error_code error;
  const auto apply_one = [&](int level, int option, int value) {
    if (!error) error = set(socket, level, option, value);
  };
  if (options.receive_buffer) apply_one(SOL_SOCKET, SO_RCVBUF, *options.receive_buffer);
  if (options.send_buffer) apply_one(SOL_SOCKET, SO_SNDBUF, *options.send_buffer);
  if (options.linger) {
    const linger value{1, *options.linger <= Duration::zero() ? 0 : whole_seconds(*options.linger)};
    if (!error && setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof value) != 0) error = last_error();
  }
  if (!address.is_ip()) return error;
  if (options.no_delay) apply_one(IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.keep_alive) {
    apply_one(SOL_SOCKET, SO_KEEPALIVE, 1);
    apply_one(IPPROTO_TCP, TCP_KEEPIDLE, whole_seconds(options.keep_alive->idle));
    apply_one(IPPROTO_TCP, TCP_KEEPINTVL, whole_seconds(options.keep_alive->interval));
    apply_one(IPPROTO_TCP, TCP_KEEPCNT, options.keep_alive->probes);
  }
  return error;
}

std::error_code apply_binding(NativeSocket socket, const Address& address, bool reuse_address, bool reuse_port,
                              std::optional<bool> v6_only) {
  std::error_code error;
  if (address.is_ipv6())
    error = set(socket, IPPROTO_IPV6, IPV6_V6ONLY, v6_only.value_or(!address.both_families()) ? 1 : 0);
  if (!error && reuse_address && address.is_ip()) error = set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (!error && reuse_port && address.is_ip()) error = set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  return error;
}

std::error_code bind(NativeSocket socket, const Address& address) {
  if (address.is_unnamed()) {
    // unix(7), autobind: a free abstract name, so that the peer can answer.
    const sa_family_t family = AF_UNIX;
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&family), sizeof family) == 0) return {};
    return last_error();
  }
  if (::bind(socket, native(address), native_size(address)) == 0) return {};
  auto error = last_error();
  if (error == std::errc::address_in_use && address.is_unix_path() && UnixPath::remove_stale(address)) {
    error = ::bind(socket, native(address), native_size(address)) == 0 ? std::error_code() : last_error();
  }
  return error;
}

// Some kernels have no IPv6: then `*` is IPv4's.
Address ipv4_wildcard(const Address& address) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(address.port());
  return Address::from_native(address.transport(), &any, sizeof any);
}

OwnedSocket open_for_binding(Address& local, std::error_code& error) {
  auto socket = open_socket(local, error);
  if (error != std::errc::address_family_not_supported || !local.both_families()) return socket;
  local = ipv4_wildcard(local);
  error = {};
  return open_socket(local, error);
}

void learn_port(NativeSocket socket, Address& local, bool stream) {
  if (local.is_ip() && local.port() == 0) local = local.with_port(local_address_of(socket, stream).port());
  if (local.is_unnamed()) local = local_address_of(socket, stream);
}

Transport transport_of(int family, bool stream) {
  if (family == AF_UNIX) return stream ? Transport::unix_stream : Transport::unix_datagram;
  return stream ? Transport::tcp : Transport::udp;
}

Address ask_address(int (*ask)(int, sockaddr*, socklen_t*), NativeSocket socket, bool stream) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (socket == no_socket || ask(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return Address::from_native(transport_of(storage.ss_family, stream), &storage, size);
}

}  // namespace

OwnedSocket::~OwnedSocket() {
  if (socket_ != no_socket) driver::close(socket_);
}

bool would_block(std::error_code error) {
  return error == std::errc::operation_would_block || error == std::errc::resource_unavailable_try_again;
}

bool exhausted(std::error_code error) {
  return error == std::errc::too_many_files_open || error == std::errc::too_many_files_open_in_system ||
         error == std::errc::no_buffer_space || error == std::errc::not_enough_memory;
}

OwnedSocket open_socket(const Address& address, std::error_code& error) {
  const int family = address.is_ip() ? (address.is_ipv6() ? AF_INET6 : AF_INET) : AF_UNIX;
  const int type = address.is_stream() ? SOCK_STREAM : SOCK_DGRAM;
  OwnedSocket socket(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) error = last_error();
  return socket;
}

OwnedSocket open_listening(Address& local, const ListenOptions& options, std::error_code& error) {
  auto socket = open_for_binding(local, error);
  if (!error) error = apply_binding(socket.get(), local, options.reuse_address, options.reuse_port, options.v6_only);
  if (!error) error = apply(socket.get(), local, options.socket);
  if (!error && options.socket.fast_open && local.is_ip()) {
    error = set(socket.get(), IPPROTO_TCP, TCP_FASTOPEN, options.backlog);
  }
  if (!error) error = bind(socket.get(), local);
  if (!error && ::listen(socket.get(), options.backlog) != 0) error = last_error();
  if (!error) learn_port(socket.get(), local, true);
  return error ? OwnedSocket() : std::move(socket);
}

OwnedSocket open_datagram(Address& local, const DatagramOptions& options, std::error_code& error) {
  auto socket = open_for_binding(local, error);
  if (!error) error = apply_binding(socket.get(), local, options.reuse_address, options.reuse_port, options.v6_only);
  if (!error && options.receive_buffer) error = set(socket.get(), SOL_SOCKET, SO_RCVBUF, *options.receive_buffer);
  if (!error && options.send_buffer) error = set(socket.get(), SOL_SOCKET, SO_SNDBUF, *options.send_buffer);
  if (!error) error = bind(socket.get(), local);
  if (!error) learn_port(socket.get(), local, false);
  return error ? OwnedSocket() : std::move(socket);
}

OwnedSocket open_connecting(const Address& to, const Address* source, const SocketOptions& options, bool& pending,
                            std::error_code& error) {
  pending = false;
  auto socket = open_socket(to, error);
  if (!error) error = apply(socket.get(), to, options);
  if (!error && options.fast_open && to.is_ip()) error = set(socket.get(), IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
  if (!error && source != nullptr) {
#ifdef IP_BIND_ADDRESS_NO_PORT
    // The port is chosen at connect, when the peer is known: one source port serves many peers (ip(7)).
    if (source->is_ip() && source->port() == 0) set(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
#endif
    if (::bind(socket.get(), native(*source), native_size(*source)) != 0) error = last_error();
  }
  if (error) return {};
  if (::connect(socket.get(), native(to), native_size(to)) == 0) return socket;
  // connect(2): after EINTR the attempt goes on, as after EINPROGRESS.
  if (errno == EINPROGRESS || errno == EINTR) {
    pending = true;
    return socket;
  }
  error = last_error();
  return {};
}

std::error_code connect_result(NativeSocket socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return last_error();
  return {error, std::system_category()};
}

NativeSocket accept(NativeSocket listening, std::error_code& error) {
  const auto socket = retry([&] { return ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
  if (socket < 0) error = last_error();
  return socket;
}

std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::error_code& error) {
  const auto count = retry([&] { return ::recv(socket, buffer, size, 0); });
  if (count >= 0) return static_cast<std::size_t>(count);
  error = last_error();
  return 0;
}

std::size_t send(NativeSocket socket, std::span<const Bytes> pieces, std::error_code& error) {
  ssize_t count = 0;
  if (pieces.size() == 1) {
    count = retry([&] { return ::send(socket, pieces[0].data(), pieces[0].size(), MSG_NOSIGNAL); });
  } else {
    std::array<iovec, 64> vectors;
    const auto used = std::min(pieces.size(), vectors.size());
    for (std::size_t i = 0; i < used; ++i) {
      vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = used;
    count = retry([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL); });
  }
  if (count >= 0) return static_cast<std::size_t>(count);
  error = last_error();
  return 0;
}

std::error_code shutdown_output(NativeSocket socket) {
  if (::shutdown(socket, SHUT_WR) == 0) return {};
  // The peer's reset came first: that, not "not connected", is what happened.
  if (errno == ENOTCONN) return std::make_error_code(std::errc::connection_reset);
  return last_error();
}

void reset_on_close(NativeSocket socket) {
  const linger value{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof value);
}

void close(NativeSocket socket) noexcept {
  // close(2): on Linux the descriptor is gone even after EINTR, so it is never repeated.
  ::close(socket);
}

std::error_code connect_datagram(NativeSocket socket, const Address& peer) {
  if (::connect(socket, native(peer), native_size(peer)) == 0) return {};
  return last_error();
}

struct DatagramBatch::Parts {
  std::array<mmsghdr, most> messages;
  std::array<iovec, most> vectors;
  std::array<sockaddr_storage, most> senders;
  std::unique_ptr<std::byte[]> buffers = std::make_unique_for_overwrite<std::byte[]>(most * largest);
};

DatagramBatch::DatagramBatch() : parts_(std::make_unique<Parts>()) {
  for (std::size_t i = 0; i < most; ++i) {
    parts_->vectors[i] = {parts_->buffers.get() + i * largest, largest};
    parts_->messages[i] = {};
    parts_->messages[i].msg_hdr.msg_iov = &parts_->vectors[i];
    parts_->messages[i].msg_hdr.msg_iovlen = 1;
    parts_->messages[i].msg_hdr.msg_name = &parts_->senders[i];
  }
}

DatagramBatch::~DatagramBatch() = default;

std::size_t DatagramBatch::receive(NativeSocket socket, std::error_code& error) {
  for (auto& message : parts_->messages) message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  const int count = retry([&] { return ::recvmmsg(socket, parts_->messages.data(), most, MSG_DONTWAIT, nullptr); });
  if (count >= 0) return static_cast<std::size_t>(count);
  error = last_error();
  return 0;
}

Bytes DatagramBatch::payload(std::size_t index) const {
  return {parts_->vectors[index].iov_base, parts_->messages[index].msg_len};
}

bool DatagramBatch::truncated(std::size_t index) const {
  return (parts_->messages[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
}

Address DatagramBatch::from(std::size_t index) const {
  const auto& sender = parts_->senders[index];
  const auto size = parts_->messages[index].msg_hdr.msg_namelen;
  const bool ip = size > 0 && sender.ss_family != AF_UNIX;
  return Address::from_native(ip ? Transport::udp : Transport::unix_datagram, &sender, size);
}

std::size_t send_datagrams(NativeSocket socket, const DatagramQueue& queue, std::error_code& error) {
  std::array<mmsghdr, 64> messages;
  std::array<iovec, 64> vectors;
  const auto count = std::min(queue.count(), messages.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto payload = queue.payload(i);
    vectors[i] = {const_cast<std::byte*>(payload.data()), payload.size()};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    if (queue.address_size(i) > 0) {
      messages[i].msg_hdr.msg_name = const_cast<void*>(queue.address(i));
      messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(queue.address_size(i));
    }
  }
  const int sent = retry(
      [&] { return ::sendmmsg(socket, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (sent >= 0) return static_cast<std::size_t>(sent);
  error = last_error();
  return 0;
}

Address local_address_of(NativeSocket socket, bool stream) { return ask_address(&::getsockname, socket, stream); }
Address peer_address_of(NativeSocket socket, bool stream) { return ask_address(&::getpeername, socket, stream); }

namespace {
int open_nothing() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
}  // namespace

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
