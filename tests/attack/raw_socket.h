// RawSocket: a non-blocking socket made of system calls alone, so that it can misbehave. No call of it throws but the
// constructors that say so.
#pragma once

#include <reactor/address.h>
#include <reactor/time.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace attack {

class RawSocket {
 public:
  RawSocket() = default;
  explicit RawSocket(int descriptor) : descriptor_(descriptor) {}
  RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RawSocket& operator=(RawSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~RawSocket();

  // Begins to connect; not open when it fails at once. A datagram socket of a Unix path gets a name, to be answered at.
  // `from` is a local IPv4 address, for TCP, where the system has it.
  static RawSocket connect(const eddy::Address& to, const std::string& from = "");
  // Listens, or is bound for datagrams. Throws std::system_error.
  static RawSocket listen(const eddy::Address& at);
  RawSocket accept() const;

  bool open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  eddy::Address local(eddy::Transport transport) const;
  int error() const;  // SO_ERROR: what became of connecting

  struct Done {
    std::size_t bytes = 0;
    bool would_block = false;
    bool ended = false;   // the peer's end, of reading
    bool broken = false;  // any other error
  };
  Done send(std::string_view data) const;
  Done receive(char* to, std::size_t room) const;
  Done send_to(std::string_view data, const eddy::Address& to) const;
  Done receive_from(char* to, std::size_t room, eddy::Address& from, eddy::Transport transport) const;

  void finish() const;  // half-closes
  void reset();         // closes with a reset, where the transport has it
  void close();
  void set_buffers(int bytes) const;
  bool wait(short events, eddy::Duration within) const;

 private:
  int descriptor_ = -1;
};

}  // namespace attack
