// AddressPrefix: a range of IP addresses that have their first bits in common, to admit, refuse or count peers by where
// they come from.
//
//   const auto office = eddy::AddressPrefix::parse("10.20.0.0/16");
//   if (!office.contains(peer.peer_address())) peer.close();
//
// Written as an address and the number of its bits that count: "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0". An address
// alone stands for itself: "127.0.0.1" is "127.0.0.1/32".
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "reactor/address.h"

namespace eddy {

class AddressPrefix {
 public:
  // Throws std::system_error (Errc::bad_address) whose text gives the input, the position and what was expected there.
  // An address that has bits behind its prefix, such as 10.1.0.0/8, is refused: either of the two may be the mistake.
  static AddressPrefix parse(std::string_view text);

  // The network of an address: its first 32 bits of IPv4, 64 of IPv6, or as many as are asked for. A mapped address is
  // taken for its IPv4 address, and none comes for Unix sockets and unnamed ones. What limits peers counts them by
  // this: whoever has one IPv6 address has all of its network's (RFC 6177, 2), 2^64 or more.
  static std::optional<AddressPrefix> network_of(const Address& address, unsigned ipv4_length = 32,
                                                 unsigned ipv6_length = 64);

  // Whether the address lies in the range, whatever its transport, port and zone. A peer of a socket for both families
  // that has an IPv4-mapped address (::ffff:10.1.2.3) is looked for as IPv4, so that "::/0" has no IPv4 address in it.
  // False for Unix sockets and unnamed ones.
  bool contains(const Address& address) const;

  bool is_ipv6() const { return size_ == 16; }
  unsigned length() const { return length_; }  // bits that count
  std::string to_string() const;               // "10.0.0.0/8"

  friend bool operator==(const AddressPrefix&, const AddressPrefix&) = default;

 private:
  friend struct std::hash<AddressPrefix>;
  AddressPrefix() = default;

  std::array<std::byte, 16> bytes_{};
  std::size_t size_ = 0;  // 4 or 16
  unsigned length_ = 0;
};

}  // namespace eddy

// Keyed, as that of Address.
template <>
struct std::hash<eddy::AddressPrefix> {
  std::size_t operator()(const eddy::AddressPrefix& prefix) const;
};
