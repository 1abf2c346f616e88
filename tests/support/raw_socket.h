// RawSocket: a peer made of nothing but blocking system calls, to see what really arrives on the wire and to misbehave.
// Every wait has a deadline. Works for stream and datagram Addresses.
#pragma once

#include <reactor/address.h>
#include <reactor/bytes.h>
#include <reactor/driver/endpoint.h>
#include <reactor/owned_socket.h>
#include <reactor/time.h>

#include <string>
#include <utility>

namespace eddy::test {

class RawSocket {
 public:
  // Connects; fails the test (and is then invalid) when it cannot.
  explicit RawSocket(const Address& to, int receive_buffer = 0);
  explicit RawSocket(std::string_view to) : RawSocket(Address::parse(to)) {}
  // Takes over a descriptor.
  explicit RawSocket(driver::NativeSocket descriptor) : descriptor_(descriptor) {}
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&& other) noexcept;
  ~RawSocket();

  int descriptor() const { return static_cast<int>(descriptor_); }  // as Loop::watch takes it
  Address local() const;

  // All of it, blocking; a connection that is gone makes reset() true.
  void send(Bytes data);
  std::size_t send_some(Bytes data);  // what is taken without waiting
  // What is there now, up to `most` bytes, without waiting; "" for nothing. `ended` and `reset` say what else was
  // found.
  std::string read_some(std::size_t most = 65536);
  bool wait_readable(Duration within);   // false when nothing came: neither data nor an end nor a reset
  bool ended() const { return ended_; }  // the peer's FIN was read
  bool reset() const { return reset_; }  // its RST was
  void finish();                         // shutdown(2), SHUT_WR
  void set_send_buffer(int bytes);
  OwnedSocket release() { return OwnedSocket(std::exchange(descriptor_, driver::no_socket)); }
  void close();
  void close_with_reset();  // SO_LINGER 0

 private:
  driver::NativeSocket descriptor_ = driver::no_socket;
  bool ended_ = false;
  bool reset_ = false;
};

// Two ends of a stream.
std::pair<RawSocket, RawSocket> socket_pair();

// Sends a byte as urgent data.
void send_urgent(driver::NativeSocket socket, char byte);

}  // namespace eddy::test
