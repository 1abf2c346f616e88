// Address: where a socket listens or connects to. A transport and a numeric socket address, as a value.
//
// Written as
//   tcp://127.0.0.1:7007      udp://127.0.0.1:7007     IPv4; port 0 asks for a free one when listening
//   tcp://[::1]:7007          tcp://[fe80::1%eth0]:80  IPv6, with a zone
//   tcp://*:7007                                       every address of both families (one dual-stack socket)
//   tcp://localhost:7007                               a name; only resolve() takes it
//   unix:/run/echo.sock       unix:@name               stream socket by path; @ is Linux's abstract namespace
//   unixgram:/run/echo.sock   unixgram:@name           datagram socket
// and printed the same way, so that text -> Address -> text gives the canonical form.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eddy {

enum class Transport : std::uint8_t { tcp, udp, unix_stream, unix_datagram };

class Address {
 public:
  // Unnamed: such as a datagram's unbound sender; prints as "unixgram:" or "tcp://?".
  Address() = default;

  // Reads the forms above, names excepted. Throws std::system_error (Errc::bad_address) whose text gives the input, the
  // position and what was expected there. Never blocks.
  static Address parse(std::string_view text);

  // Like parse, and looks names up with getaddrinfo, which BLOCKS: for set-up, not for a callback. At least one
  // address, in the resolver's order. Throws std::system_error with the name and the resolver's reason.
  static std::vector<Address> resolve(std::string_view text);

  // `*`: the wildcard of both families.
  static Address any_family(Transport transport, std::uint16_t port);

  // Whether this system has unix:@name; where not, parse refuses it, and an unnamed datagram socket stays without a
  // name.
  static bool has_abstract_names();

  // From a system's sockaddr, as accept, recvfrom or getsockname give it.
  static Address from_native(Transport transport, const void* sockaddr, std::size_t length);

  Transport transport() const { return transport_; }
  bool is_ip() const { return transport_ == Transport::tcp || transport_ == Transport::udp; }
  bool is_stream() const { return transport_ == Transport::tcp || transport_ == Transport::unix_stream; }
  bool is_ipv6() const;
  // True for `*`: an IPv6 wildcard that takes IPv4 too.
  bool both_families() const { return both_families_; }

  std::uint16_t port() const;                   // 0 where there is none
  Address with_port(std::uint16_t port) const;  // of an IP address; others come back unchanged
  std::string host() const;                     // "127.0.0.1", "fe80::1%eth0", "*", or a Unix path ("@name")
  std::string to_string() const;
  bool is_unnamed() const { return size_ == 0; }
  // A path in the file system (not abstract, not unnamed): there is a file to remove.
  bool is_unix_path() const;

  // The sockaddr for the operating system.
  const void* native() const { return storage_.data(); }
  std::size_t native_size() const { return size_; }

  friend bool operator==(const Address& left, const Address& right);

 private:
  alignas(8) std::array<std::byte, 112> storage_{};  // sockaddr_un is the largest, 110 bytes
  std::uint8_t size_ = 0;
  Transport transport_ = Transport::tcp;
  bool both_families_ = false;
};

}  // namespace eddy
