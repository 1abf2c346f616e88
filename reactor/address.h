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
//
// Addresses can be compared, ordered, and be keys of std::map and std::unordered_map.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/bytes.h"
#include "reactor/lifetime.h"

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

  // From a system's sockaddr, as accept, recvfrom or getsockname give it. `length` is not more than what lies there.
  // Unnamed when it is none of the transport, or longer than its structure.
  static Address from_native(Transport transport, const void* sockaddr, std::size_t length);

  Transport transport() const { return transport_; }
  bool is_ip() const { return transport_ == Transport::tcp || transport_ == Transport::udp; }
  bool is_stream() const { return transport_ == Transport::tcp || transport_ == Transport::unix_stream; }
  bool is_ipv6() const;
  // ::ffff:10.0.0.1, as an IPv4 peer of a socket for both families has it.
  bool is_ipv4_mapped() const;
  // The IPv4 address that such a one stands for, with its port; others come back unchanged.
  Address unmapped() const;
  // True for `*`: an IPv6 wildcard that takes IPv4 too.
  bool both_families() const { return both_families_; }

  // Each asks for a kind of IP address. A mapped address is of the kind of the IPv4 address that it stands for; all are
  // false for Unix sockets and unnamed ones. address_prefix.h has a test for any other range.
  bool is_any() const;         // 0.0.0.0, ::, *
  bool is_loopback() const;    // 127.0.0.0/8, ::1
  bool is_private() const;     // 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918), fc00::/7 (RFC 4193)
  bool is_link_local() const;  // 169.254.0.0/16 (RFC 3927), fe80::/10
  bool is_multicast() const;   // 224.0.0.0/4, ff00::/8

  // The IP address in network byte order, 4 or 16 of them; empty where there is none.
  Bytes ip_bytes() const EDDY_LIFETIMEBOUND;

  std::uint16_t port() const;                   // 0 where there is none
  Address with_port(std::uint16_t port) const;  // of an IP address; others come back unchanged
  std::string host() const;                     // "127.0.0.1", "fe80::1%eth0", "*", or a Unix path ("@name")
  std::string to_string() const;
  bool is_unnamed() const { return size_ == 0; }
  // A path in the file system (not abstract, not unnamed): there is a file to remove.
  bool is_unix_path() const;

  // The sockaddr for the operating system.
  const void* native() const EDDY_LIFETIMEBOUND { return storage_.data(); }
  std::size_t native_size() const { return size_; }

  // Equal: the same transport, address, zone and port.
  friend bool operator==(const Address& left, const Address& right);
  // By transport, then IPv4 before IPv6, then by number, then by port; Unix paths by their bytes. Unnamed ones come
  // first.
  friend std::strong_ordering operator<=>(const Address& left, const Address& right);

 private:
  alignas(8) std::array<std::byte, 112> storage_{};  // sockaddr_un is the largest, 110 bytes
  std::uint8_t size_ = 0;
  Transport transport_ = Transport::tcp;
  bool both_families_ = false;
};

}  // namespace eddy

// For std::unordered_map and std::unordered_set. Keyed (keyed_hash.h): peers cannot choose addresses that collide. The
// same throughout the process, another in each.
template <>
struct std::hash<eddy::Address> {
  std::size_t operator()(const eddy::Address& address) const;
};
