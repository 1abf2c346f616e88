// Where datagrams have arrived, and from where they are to be sent (IP_PKTINFO of ip(7), IPV6_PKTINFO of ipv6(7)), as
// control messages beside those of datagram_segments.h. Linux alone.
#pragma once

#include <system_error>

#include "reactor/datagram_path.h"
#include "reactor/driver/datagram_queue.h"
#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/endpoint.h"
#include "reactor/driver/messages.h"

namespace eddy::driver {

#ifdef __linux__

inline constexpr bool knows_arrival = true;

// So that the system tells of each datagram where it has arrived.
std::error_code tell_arrival(NativeSocket socket, bool ipv6);
// Of a message that was received; its port is 0.
DatagramArrival arrival_of(const msghdr& message);
// Has the kernel send `message` from there; after cut_into.
void send_from(msghdr& message, DatagramControl& control, const DatagramQueue::Source& source);

#else

inline constexpr bool knows_arrival = false;
inline std::error_code tell_arrival(NativeSocket /*socket*/, bool /*ipv6*/) {
  return std::make_error_code(std::errc::operation_not_supported);
}
inline DatagramArrival arrival_of(const msghdr& /*message*/) { return {}; }
inline void send_from(msghdr& /*message*/, DatagramControl& /*control*/, const DatagramQueue::Source& /*source*/) {}

#endif

// Of a source for a datagram to an address of that family.
DatagramQueue::Source pack_source(const DatagramSource& source, bool ipv6);

}  // namespace eddy::driver
