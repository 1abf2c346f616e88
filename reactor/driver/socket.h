// Socket calls, with the small differences between systems settled here: non-blocking and close-on-exec from the start,
// no SIGPIPE, EINTR retried, options by name. For readiness drivers.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <system_error>

#include "reactor/address.h"
#include "reactor/bytes.h"
#include "reactor/driver/datagram_queue.h"
#include "reactor/driver/endpoint.h"
#include "reactor/options.h"

namespace eddy::driver {

// A socket that closes itself unless release() is called. `error` says why there is none.
class OwnedSocket {
 public:
  OwnedSocket() = default;
  explicit OwnedSocket(NativeSocket socket) : socket_(socket) {}
  OwnedSocket(OwnedSocket&& other) noexcept : socket_(other.release()) {}
  OwnedSocket& operator=(OwnedSocket&&) = delete;
  ~OwnedSocket();
  NativeSocket get() const { return socket_; }
  explicit operator bool() const { return socket_ != no_socket; }
  NativeSocket release() {
    const auto socket = socket_;
    socket_ = no_socket;
    return socket;
  }

 private:
  NativeSocket socket_ = no_socket;
};

// Would another try later succeed: EAGAIN and EWOULDBLOCK.
bool would_block(std::error_code error);
// No descriptors, memory or buffers left: EMFILE, ENFILE, ENOBUFS, ENOMEM.
bool exhausted(std::error_code error);

OwnedSocket open_socket(const Address& address, std::error_code& error);

// socket, options, bind, listen. A stale Unix socket file is replaced. For `*` without IPv6 on the machine: IPv4 alone.
// `local` gets the real address.
OwnedSocket open_listening(Address& local, const ListenOptions& options, std::error_code& error);
OwnedSocket open_datagram(Address& local, const DatagramOptions& options, std::error_code& error);

// Begins to connect; success may still be pending (`pending`).
OwnedSocket open_connecting(const Address& to, const Address* source, const SocketOptions& options, bool& pending,
                            std::error_code& error);
// How a pending connect ended.
std::error_code connect_result(NativeSocket socket);

NativeSocket accept(NativeSocket listening, std::error_code& error);

// Bytes moved; 0 from receive is the peer's FIN when `error` is empty.
std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::error_code& error);
std::size_t send(NativeSocket socket, std::span<const Bytes> pieces, std::error_code& error);
std::error_code shutdown_output(NativeSocket socket);
void reset_on_close(NativeSocket socket);
void close(NativeSocket socket) noexcept;

std::error_code connect_datagram(NativeSocket socket, const Address& peer);

// The datagrams that one call receives: buffers and addresses, reused. 2 MiB of address space, touched as needed.
class DatagramBatch {
 public:
  static constexpr std::size_t most = 32;
  static constexpr std::size_t largest = 65536;

  DatagramBatch();
  ~DatagramBatch();
  DatagramBatch(const DatagramBatch&) = delete;
  DatagramBatch& operator=(const DatagramBatch&) = delete;

  // Receives up to `most`; fewer means that there are no more for now.
  std::size_t receive(NativeSocket socket, std::error_code& error);
  Bytes payload(std::size_t index) const;
  bool truncated(std::size_t index) const;
  Address from(std::size_t index) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Sends from the front of the queue; answers how many the system took. An error is about the first one left.
std::size_t send_datagrams(NativeSocket socket, const DatagramQueue& queue, std::error_code& error);

Address local_address_of(NativeSocket socket, bool stream);
Address peer_address_of(NativeSocket socket, bool stream);

// A descriptor kept in reserve: closed to accept and close one connection when there are no others (contract 10).
class ReserveDescriptor {
 public:
  ReserveDescriptor();
  ~ReserveDescriptor();
  ReserveDescriptor(const ReserveDescriptor&) = delete;
  ReserveDescriptor& operator=(const ReserveDescriptor&) = delete;

  // Accepts one waiting connection and closes it. False when that did not succeed.
  bool shed_one(NativeSocket listening);

 private:
  int descriptor_ = -1;
};

}  // namespace eddy::driver
