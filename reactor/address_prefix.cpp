#include "reactor/address_prefix.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <system_error>

#include "reactor/address_error.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/keyed_hash.h"

namespace eddy {
namespace {

// Whether all bits from the `length`-th on are 0.
bool has_no_more_bits(Bytes bytes, unsigned length) {
  for (std::size_t bit = length; bit < bytes.size() * 8; ++bit) {
    if (std::to_integer<unsigned>(bytes[bit / 8] >> (7 - bit % 8)) % 2 != 0) return false;
  }
  return true;
}

bool begin_alike(Bytes left, Bytes right, unsigned length) {
  const auto whole = length / 8;
  if (std::memcmp(left.data(), right.data(), whole) != 0) return false;
  if (length % 8 == 0) return true;
  return ((left[whole] ^ right[whole]) >> (8 - length % 8)) == std::byte{};
}

}  // namespace

AddressPrefix AddressPrefix::parse(std::string_view text) {
  refuse_nul(text);
  const auto slash = text.find('/');
  const auto host = text.substr(0, slash);
  AddressPrefix prefix;
  const std::string number(host);
  if (inet_pton(AF_INET, number.c_str(), prefix.bytes_.data()) == 1) {
    prefix.size_ = sizeof(in_addr);
  } else if (inet_pton(AF_INET6, number.c_str(), prefix.bytes_.data()) == 1) {
    prefix.size_ = sizeof(in6_addr);
  } else {
    refuse_address(text, host, "an IP address, or one and the length of its prefix, like 10.0.0.0/8 or 2001:db8::/32");
  }
  const auto longest = static_cast<unsigned>(prefix.size_ * 8);
  prefix.length_ = longest;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, prefix.length_);
    if (digits.empty() || stop != end || error != std::errc() || prefix.length_ > longest) {
      refuse_address(text, digits, "a length from 0 to " + std::to_string(longest));
    }
  }
  const Bytes bytes(prefix.bytes_.data(), prefix.size_);
  if (!has_no_more_bits(bytes, prefix.length_)) {
    refuse_address(text, host, "an address without bits behind the first " + std::to_string(prefix.length_));
  }
  // Addresses of this kind are looked for as IPv4.
  constexpr unsigned mapped = 96;
  const auto mapped_bytes = Address::parse("tcp://[::ffff:0.0.0.0]:0");
  if (prefix.is_ipv6() && prefix.length_ >= mapped && begin_alike(bytes, mapped_bytes.ip_bytes(), mapped)) {
    std::copy(prefix.bytes_.begin() + mapped / 8, prefix.bytes_.end(), prefix.bytes_.begin());
    std::fill(prefix.bytes_.begin() + sizeof(in_addr), prefix.bytes_.end(), std::byte{});
    prefix.size_ = sizeof(in_addr);
    prefix.length_ -= mapped;
  }
  return prefix;
}

std::optional<AddressPrefix> AddressPrefix::network_of(const Address& address, unsigned ipv4_length,
                                                       unsigned ipv6_length) {
  const auto plain = address.unmapped();
  const auto ip = plain.ip_bytes();
  if (ip.empty()) return std::nullopt;
  AddressPrefix prefix;
  prefix.size_ = ip.size();
  prefix.length_ = prefix.is_ipv6() ? ipv6_length : ipv4_length;
  assert(prefix.length_ <= ip.size() * 8);
  const auto whole = prefix.length_ / 8;
  std::copy_n(ip.begin(), whole, prefix.bytes_.begin());
  if (prefix.length_ % 8 != 0) prefix.bytes_[whole] = ip[whole] & std::byte{0xff} << (8 - prefix.length_ % 8);
  return prefix;
}

bool AddressPrefix::contains(const Address& address) const {
  const auto plain = address.unmapped();
  const auto ip = plain.ip_bytes();
  return ip.size() == size_ && begin_alike(ip, Bytes(bytes_.data(), size_), length_);
}

std::string AddressPrefix::to_string() const {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_ipv6() ? AF_INET6 : AF_INET, bytes_.data(), text, sizeof text);
  return std::string(text) + "/" + std::to_string(length_);
}

}  // namespace eddy

std::size_t std::hash<eddy::AddressPrefix>::operator()(const eddy::AddressPrefix& prefix) const {
  std::array<std::byte, 17> key{};
  std::copy(prefix.bytes_.begin(), prefix.bytes_.end(), key.begin());
  key.back() = static_cast<std::byte>(prefix.size_ + prefix.length_);  // 4 to 36, 16 to 144: equality tells them apart
  return static_cast<std::size_t>(eddy::process_hash()(eddy::Bytes(key.data(), key.size()).text()));
}
