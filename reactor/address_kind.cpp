// Addresses as values: what kind they are, which are equal, and in which order they stand.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "reactor/address.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/keyed_hash.h"

namespace eddy {
namespace {

constexpr std::size_t mapped_prefix = 12;  // bytes of ::ffff:0:0/96

unsigned byte_at(Bytes ip, std::size_t index) { return std::to_integer<unsigned>(ip[index]); }

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte each) { return each == std::byte{}; });
}

bool starts_mapped(Bytes ip) {
  return ip.size() == sizeof(in6_addr) && all_zero(ip.first(10)) && byte_at(ip, 10) == 0xff && byte_at(ip, 11) == 0xff;
}

// The 4 bytes of an IPv4 address, mapped or not, or the 16 of an IPv6 one.
Bytes kind_bytes(const Address& address) {
  const auto ip = address.ip_bytes();
  return starts_mapped(ip) ? ip.without_first(mapped_prefix) : ip;
}

bool is_ipv4(Bytes ip) { return ip.size() == sizeof(in_addr); }

std::uint32_t zone_of(const Address& address) {
  return address.is_ipv6() ? static_cast<std::uint32_t>(driver::read_as<sockaddr_in6>(address.native()).sin6_scope_id)
                           : 0;
}

}  // namespace

bool Address::is_ipv6() const { return size_ > 0 && driver::family_of(native()) == AF_INET6; }

Bytes Address::ip_bytes() const {
  if (size_ == 0 || !is_ip()) return {};
  return is_ipv6() ? Bytes(storage_.data() + offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr))
                   : Bytes(storage_.data() + offsetof(sockaddr_in, sin_addr), sizeof(in_addr));
}

bool Address::is_ipv4_mapped() const { return starts_mapped(ip_bytes()); }

Address Address::unmapped() const {
  if (!is_ipv4_mapped()) return *this;
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_port = htons(port());
  std::memcpy(&native.sin_addr, ip_bytes().data() + mapped_prefix, sizeof native.sin_addr);
  return from_native(transport_, &native, sizeof native);
}

bool Address::is_any() const {
  const auto ip = kind_bytes(*this);
  return !ip.empty() && all_zero(ip);
}

bool Address::is_loopback() const {
  const auto ip = kind_bytes(*this);
  if (ip.empty()) return false;
  return is_ipv4(ip) ? byte_at(ip, 0) == 127 : all_zero(ip.first(15)) && byte_at(ip, 15) == 1;
}

bool Address::is_private() const {
  const auto ip = kind_bytes(*this);
  if (ip.empty()) return false;
  const auto first = byte_at(ip, 0);
  const auto second = byte_at(ip, 1);
  if (!is_ipv4(ip)) return (first & 0xfe) == 0xfc;
  return first == 10 || (first == 172 && (second & 0xf0) == 16) || (first == 192 && second == 168);
}

bool Address::is_link_local() const {
  const auto ip = kind_bytes(*this);
  if (ip.empty()) return false;
  const auto first = byte_at(ip, 0);
  const auto second = byte_at(ip, 1);
  return is_ipv4(ip) ? first == 169 && second == 254 : first == 0xfe && (second & 0xc0) == 0x80;
}

bool Address::is_multicast() const {
  const auto ip = kind_bytes(*this);
  if (ip.empty()) return false;
  return is_ipv4(ip) ? (byte_at(ip, 0) & 0xf0) == 224 : byte_at(ip, 0) == 0xff;
}

bool operator==(const Address& left, const Address& right) {
  return left.transport_ == right.transport_ && left.both_families_ == right.both_families_ &&
         left.size_ == right.size_ && std::memcmp(left.native(), right.native(), left.size_) == 0;
}

std::strong_ordering operator<=>(const Address& left, const Address& right) {
  if (const auto order = left.transport_ <=> right.transport_; std::is_neq(order)) return order;
  const auto left_ip = left.ip_bytes();
  const auto right_ip = right.ip_bytes();
  if (const auto order = left_ip.size() <=> right_ip.size(); std::is_neq(order)) return order;
  if (!left_ip.empty()) {
    if (const auto order = left_ip.text() <=> right_ip.text(); std::is_neq(order)) return order;
    if (const auto order = left.port() <=> right.port(); std::is_neq(order)) return order;
    if (const auto order = zone_of(left) <=> zone_of(right); std::is_neq(order)) return order;
    if (const auto order = left.both_families_ <=> right.both_families_; std::is_neq(order)) return order;
  }
  // Of Unix sockets; of IP addresses what equality, too, looks at.
  return Bytes(left.native(), left.size_).text() <=> Bytes(right.native(), right.size_).text();
}

}  // namespace eddy

std::size_t std::hash<eddy::Address>::operator()(const eddy::Address& address) const {
  // Equal addresses have these in common, and nearly always no others.
  const auto* bytes = static_cast<const char*>(address.native());
  const auto hashed = eddy::process_hash()(std::string_view(bytes, address.native_size()));
  return static_cast<std::size_t>(hashed ^ static_cast<std::uint64_t>(address.transport()));
}
