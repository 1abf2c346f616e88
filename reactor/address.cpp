#include "reactor/address.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>
#include <system_error>

#include "reactor/address_error.h"
#include "reactor/driver/resolver.h"
#include "reactor/driver/sockaddr.h"

namespace eddy {
namespace {

static_assert(sizeof(sockaddr_un) <= 112 && sizeof(sockaddr_in6) <= 112);

// An address text, cut up but not interpreted.
struct Parts {
  std::string_view text;
  Transport transport{};
  std::string_view host;  // without brackets; for Unix the path
  std::uint16_t port = 0;
  bool bracketed = false;

  [[noreturn]] void fail(std::string_view at, const std::string& expected) const { refuse_address(text, at, expected); }
};

std::uint16_t parse_port(const Parts& parts, std::string_view digits) {
  unsigned port = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (digits.empty() || stop != end || error != std::errc() || port > 65535) {
    parts.fail(digits, "a port from 0 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

// Cuts up the text behind unix: or unixgram:.
void cut_path(Parts& parts, std::string_view rest) {
  // unix:///run/x.sock, as URLs have it, means the same.
  if (rest.starts_with("///")) rest.remove_prefix(2);
  if (rest.empty() && parts.transport == Transport::unix_stream) parts.fail(rest, "a path, or @ and a name");
  if (rest.starts_with('@') && !driver::abstract_unix_names) {
    parts.fail(rest, "a path: only Linux has names without a file");
  }
  if (rest == "@") parts.fail(rest, "a name after @");
  if (rest.size() >= sizeof(sockaddr_un::sun_path)) {
    parts.fail(rest, "a path of at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes, not " +
                         std::to_string(rest.size()));
  }
  parts.host = rest;
}

// Cuts up the text behind tcp:// or udp://.
void cut_host_and_port(Parts& parts, std::string_view rest) {
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) parts.fail(rest.substr(rest.size()), "] after the IPv6 address");
    parts.bracketed = true;
    parts.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
    if (!port.starts_with(':')) parts.fail(port, ":port");
  } else {
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) parts.fail(rest.substr(rest.size()), ":port");
    parts.host = rest.substr(0, colon);
    port = rest.substr(colon);
    if (port.find(':', 1) != std::string_view::npos) parts.fail(rest, "[ and ] around an IPv6 address");
  }
  if (parts.host.empty()) parts.fail(parts.host, "a host: an address, a name, or *");
  parts.port = parse_port(parts, port.substr(1));
}

Parts cut(std::string_view text) {
  Parts parts;
  parts.text = text;
  refuse_nul(text);
  struct Scheme {
    std::string_view prefix;
    Transport transport;
  };
  static constexpr Scheme schemes[] = {{"tcp://", Transport::tcp},
                                       {"udp://", Transport::udp},
                                       {"unix:", Transport::unix_stream},
                                       {"unixgram:", Transport::unix_datagram}};
  const auto* scheme = std::find_if(std::begin(schemes), std::end(schemes),
                                    [&](const Scheme& each) { return text.starts_with(each.prefix); });
  if (scheme == std::end(schemes)) parts.fail(text, "tcp://, udp://, unix: or unixgram:");
  parts.transport = scheme->transport;
  const auto rest = text.substr(scheme->prefix.size());
  if (parts.transport == Transport::unix_stream || parts.transport == Transport::unix_datagram) {
    cut_path(parts, rest);
  } else {
    cut_host_and_port(parts, rest);
  }
  return parts;
}

sockaddr_in6 ipv6(const Parts& parts) {
  sockaddr_in6 result{};
  result.sin6_family = AF_INET6;
  result.sin6_port = htons(parts.port);
  const auto percent = parts.host.find('%');
  const std::string number(parts.host.substr(0, percent));
  if (inet_pton(AF_INET6, number.c_str(), &result.sin6_addr) != 1) parts.fail(parts.host, "an IPv6 address");
  if (percent == std::string_view::npos) return result;
  const auto zone_at = parts.host.substr(percent + 1);
  const std::string zone(zone_at);
  unsigned index = 0;
  const auto [stop, error] = std::from_chars(zone.data(), zone.data() + zone.size(), index);
  if (zone.empty() || error != std::errc() || stop != zone.data() + zone.size()) index = if_nametoindex(zone.c_str());
  if (index == 0) parts.fail(zone_at, "a zone: the name or number of a network interface here");
  result.sin6_scope_id = index;
  return result;
}

// True when `host` is made of digits and dots alone: meant as IPv4, so never looked up as a name.
bool looks_like_ipv4(std::string_view host) { return host.find_first_not_of("0123456789.") == std::string_view::npos; }

// How much of what a system gave is the address, so that equal addresses are equal bytes; 0: it names nothing. A length
// may lie: Linux counts a zero behind a Unix path of 108 bytes, which the structure has no room for, and the BSDs give
// what follows a path's end.
std::size_t native_size_of(const Address& address, std::size_t length) {
  const auto family = driver::family_of(address.native());
  if (address.is_ip()) {
    const auto size = family == AF_INET ? sizeof(sockaddr_in) : family == AF_INET6 ? sizeof(sockaddr_in6) : 0;
    return length < size ? 0 : size;
  }
  constexpr auto path_at = offsetof(sockaddr_un, sun_path);
  if (family != AF_UNIX || length <= path_at) return 0;
  const auto* path = static_cast<const char*>(address.native()) + path_at;
  if (*path == '\0') return driver::abstract_unix_names ? std::min(length, sizeof(sockaddr_un)) : 0;
  const auto path_length = strnlen(path, std::min(length - path_at, sizeof sockaddr_un::sun_path + 1));
  if (path_length > sizeof sockaddr_un::sun_path) return 0;  // cut off, it would be another's
  return std::min(path_at + path_length + 1, sizeof(sockaddr_un));
}

}  // namespace

Address Address::from_native(Transport transport, const void* native, std::size_t length) {
  Address address;
  address.transport_ = transport;
  if (length <= offsetof(sockaddr, sa_data)) return address;
  std::memcpy(address.storage_.data(), native, std::min(length, address.storage_.size()));
  const auto size = native_size_of(address, length);
  const auto used = driver::family_of(address.native()) == AF_INET ? offsetof(sockaddr_in, sin_zero) : size;
  std::fill(address.storage_.begin() + static_cast<std::ptrdiff_t>(used), address.storage_.end(), std::byte{});
  address.size_ = static_cast<std::uint8_t>(size);
  if (size == 0) return address;
  auto header = driver::read_as<sockaddr>(address.native());
  driver::set_length(header, size);
  std::memcpy(address.storage_.data(), &header, offsetof(sockaddr, sa_data));
  return address;
}

namespace {

// Empty (unnamed, and `is_name` true) when the host is a name.
Address numeric(const Parts& parts, bool& is_name) {
  is_name = false;
  if (parts.transport == Transport::unix_stream || parts.transport == Transport::unix_datagram) {
    sockaddr_un path{};
    path.sun_family = AF_UNIX;
    std::memcpy(path.sun_path, parts.host.data(), parts.host.size());
    auto size = offsetof(sockaddr_un, sun_path) + parts.host.size();
    if (parts.host.starts_with('@')) {
      path.sun_path[0] = '\0';  // unix(7): the abstract namespace; the name is all the bytes, without a final NUL
    } else if (!parts.host.empty()) {
      ++size;
    }
    return Address::from_native(parts.transport, &path, parts.host.empty() ? 0 : size);
  }
  if (parts.bracketed) {
    const auto native = ipv6(parts);
    return Address::from_native(parts.transport, &native, sizeof native);
  }
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_port = htons(parts.port);
  if (inet_pton(AF_INET, std::string(parts.host).c_str(), &native.sin_addr) == 1) {
    return Address::from_native(parts.transport, &native, sizeof native);
  }
  if (looks_like_ipv4(parts.host)) parts.fail(parts.host, "an IPv4 address like 127.0.0.1");
  is_name = true;
  return {};
}

}  // namespace

Address Address::any_family(Transport transport, std::uint16_t port) {
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_port = htons(port);
  auto address = from_native(transport, &native, sizeof native);
  address.both_families_ = true;
  return address;
}

Address Address::parse(std::string_view text) {
  const auto parts = cut(text);
  if (parts.host == "*" && !parts.bracketed &&
      (parts.transport == Transport::tcp || parts.transport == Transport::udp)) {
    return any_family(parts.transport, parts.port);
  }
  bool is_name = false;
  auto address = numeric(parts, is_name);
  if (is_name) parts.fail(parts.host, "a numeric address or *");
  return address;
}

std::vector<Address> Address::resolve(std::string_view text) {
  const auto parts = cut(text);
  if (parts.host == "*" && !parts.bracketed &&
      (parts.transport == Transport::tcp || parts.transport == Transport::udp)) {
    return {any_family(parts.transport, parts.port)};
  }
  bool is_name = false;
  const auto address = numeric(parts, is_name);
  if (!is_name) return {address};

  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = parts.transport == Transport::tcp ? SOCK_STREAM : SOCK_DGRAM;
  addrinfo* found = nullptr;
  const auto error = driver::look_up(std::string(parts.host), std::to_string(parts.port), hints, &found);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (error) throw std::system_error(error, quoted_address(text) + ": cannot resolve " + quoted_address(parts.host));
  std::vector<Address> addresses;
  for (const auto* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6) {
      addresses.push_back(from_native(parts.transport, entry->ai_addr, entry->ai_addrlen));
    }
  }
  return addresses;
}

bool Address::has_abstract_names() { return driver::abstract_unix_names; }

bool Address::is_unix_path() const {
  return !is_ip() && size_ > offsetof(sockaddr_un, sun_path) &&
         driver::read_as<sockaddr_un>(native()).sun_path[0] != '\0';
}

std::uint16_t Address::port() const {
  if (size_ == 0 || !is_ip()) return 0;
  return ntohs(is_ipv6() ? driver::read_as<sockaddr_in6>(native()).sin6_port
                         : driver::read_as<sockaddr_in>(native()).sin_port);
}

Address Address::with_port(std::uint16_t port) const {
  auto changed = *this;
  if (size_ == 0 || !is_ip()) return changed;
  if (is_ipv6()) {
    auto address = driver::read_as<sockaddr_in6>(native());
    address.sin6_port = htons(port);
    std::memcpy(changed.storage_.data(), &address, sizeof address);
  } else {
    auto address = driver::read_as<sockaddr_in>(native());
    address.sin_port = htons(port);
    std::memcpy(changed.storage_.data(), &address, sizeof address);
  }
  return changed;
}

std::string Address::host() const {
  if (size_ == 0) return "";
  if (!is_ip()) {
    const auto address = driver::read_as<sockaddr_un>(native());
    const auto length = size_ - offsetof(sockaddr_un, sun_path);
    if (address.sun_path[0] == '\0') return std::string("@").append(address.sun_path + 1, length - 1);
    return {address.sun_path, strnlen(address.sun_path, length)};  // without a zero where it is as long as can be
  }
  if (both_families_) return "*";
  char text[INET6_ADDRSTRLEN] = "";
  if (!is_ipv6()) {
    const auto address = driver::read_as<sockaddr_in>(native());
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    return text;
  }
  const auto address = driver::read_as<sockaddr_in6>(native());
  inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
  if (address.sin6_scope_id == 0) return text;
  char zone[IF_NAMESIZE] = "";
  if (if_indextoname(address.sin6_scope_id, zone) == nullptr) {
    return std::string(text) + "%" + std::to_string(address.sin6_scope_id);
  }
  return std::string(text) + "%" + zone;
}

std::string Address::to_string() const {
  std::string text;
  switch (transport_) {
    case Transport::unix_stream: return text.append("unix:").append(host());
    case Transport::unix_datagram: return text.append("unixgram:").append(host());
    case Transport::tcp: text = "tcp://"; break;
    case Transport::udp: text = "udp://"; break;
  }
  if (size_ == 0) return text.append("?");
  if (is_ipv6() && !both_families_) {
    text.append("[").append(host()).append("]");
  } else {
    text.append(host());
  }
  return text.append(":").append(std::to_string(port()));
}

}  // namespace eddy
