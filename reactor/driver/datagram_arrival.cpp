#include "reactor/driver/datagram_arrival.h"

#include <cstring>

namespace eddy::driver {

DatagramQueue::Source pack_source(const DatagramSource& source, bool ipv6) {
  DatagramQueue::Source packed{};
  packed.interface_index = source.interface_index;
  packed.ipv6 = ipv6;
  if (source.address.is_unnamed()) return packed;
  const auto ip = source.address.ip_bytes();
  std::memcpy(packed.address.data(), ip.data(), ip.size());
  return packed;
}

}  // namespace eddy::driver
