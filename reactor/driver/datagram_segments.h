// Many datagrams of one size as one message: the kernel cuts it up when it sends (UDP_SEGMENT, "GSO", Linux 4.18), and
// puts together what one sender sent in a row when it receives (UDP_GRO, Linux 5.0). Elsewhere no message has segments.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reactor/address.h"
#include "reactor/driver/messages.h"

namespace eddy::driver {

// What fits the packets of an Ethernet, with IPv6's header: longer datagrams are not combined, since the kernel refuses
// segments that it would have to fragment.
inline constexpr std::size_t largest_segment = 1452;
inline constexpr std::size_t most_segments = 64;          // of a message (UDP_MAX_SEGMENTS until Linux 6.8)
inline constexpr std::size_t largest_segmented = 64'000;  // bytes of a message, below 64 KiB with its headers

#ifdef __linux__

// Room for the control message that says how long the segments are, and for one of datagram_arrival.h.
struct DatagramControl {
  static constexpr std::size_t of_arrival = 20;  // in6_pktinfo, the longer one
  alignas(cmsghdr) std::byte bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(of_arrival)];
};

inline constexpr bool has_segments = true;

// So that receiving combines. A kernel that cannot just does not.
void combine_received(NativeSocket socket);

// So that it does not any more; nothing for a Unix socket.
void separate_received(NativeSocket socket);

// Whether the kernel knows how. One that does not, and every Unix socket, passes over what cut_into asks for, and would
// send the whole message as one datagram.
bool can_cut(NativeSocket socket);

// Has the kernel send `message` as datagrams of `size` bytes, the last of which may be shorter.
void cut_into(msghdr& message, DatagramControl& control, std::size_t size);

// Room for what received_size and arrival_of read; null: none.
inline void make_room(msghdr& message, DatagramControl* control) {
  message.msg_control = control;
  message.msg_controllen = control != nullptr ? sizeof *control : 0;
}

// Of a message that was received, `whole` bytes long: how long the datagrams are that it is made of.
std::size_t received_size(const msghdr& message, std::size_t whole);

#else

struct DatagramControl {};
inline constexpr bool has_segments = false;
inline void combine_received(NativeSocket /*socket*/) {}
inline void separate_received(NativeSocket /*socket*/) {}
inline bool can_cut(NativeSocket /*socket*/) { return false; }
inline void cut_into(msghdr& /*message*/, DatagramControl& /*control*/, std::size_t /*size*/) {}
inline void make_room(msghdr& /*message*/, DatagramControl* /*control*/) {}
inline std::size_t received_size(const msghdr& /*message*/, std::size_t whole) { return whole; }

#endif

// How long the datagrams may be that are sent combined from a socket bound to `local`.
inline std::size_t combinable_size(const Address& local, NativeSocket socket) {
  return local.is_ip() && can_cut(socket) ? largest_segment : 0;
}

}  // namespace eddy::driver
