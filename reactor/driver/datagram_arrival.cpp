#include "reactor/driver/datagram_arrival.h"

#include <cstring>

#include "reactor/driver/sockaddr.h"

namespace eddy::driver {

DatagramQueue::Source pack_source(const DatagramSource& source, bool ipv6) {
  DatagramQueue::Source packed{};
  packed.interface_index = source.interface_index;
  packed.ipv6 = ipv6;
  if (source.address.is_unnamed()) return packed;
  const auto* native = static_cast<const std::byte*>(source.address.native());
  const auto offset = ipv6 ? offsetof(sockaddr_in6, sin6_addr) : offsetof(sockaddr_in, sin_addr);
  std::memcpy(packed.address.data(), native + offset, ipv6 ? sizeof(in6_addr) : sizeof(in_addr));
  return packed;
}

bool is_link_local(const Address& address) {
  if (!address.is_ipv6()) return false;
  sockaddr_in6 native;
  std::memcpy(&native, address.native(), sizeof native);
  return IN6_IS_ADDR_LINKLOCAL(&native.sin6_addr);
}

}  // namespace eddy::driver
