#include <netinet/in.h>

#include <cstring>

#include "reactor/driver/datagram_segments.h"
#include "reactor/driver/next_header.h"

namespace eddy::driver {
namespace {

// <linux/udp.h>; older headers lack them.
constexpr int udp_segment = 103;
constexpr int udp_gro = 104;

}  // namespace

void combine_received(NativeSocket socket) {
  constexpr int on = 1;
  ::setsockopt(socket, IPPROTO_UDP, udp_gro, &on, sizeof on);
}

void separate_received(NativeSocket socket) {
  constexpr int off = 0;
  ::setsockopt(socket, IPPROTO_UDP, udp_gro, &off, sizeof off);
}

bool can_cut(NativeSocket socket) {
  int size = 0;
  socklen_t length = sizeof size;
  return ::getsockopt(socket, IPPROTO_UDP, udp_segment, &size, &length) == 0;
}

void cut_into(msghdr& message, DatagramControl& control, std::size_t size) {
  message.msg_control = &control;
  message.msg_controllen = CMSG_SPACE(sizeof(std::uint16_t));
  auto& header = *CMSG_FIRSTHDR(&message);
  header.cmsg_level = IPPROTO_UDP;
  header.cmsg_type = udp_segment;
  header.cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto length = static_cast<std::uint16_t>(size);
  std::memcpy(CMSG_DATA(&header), &length, sizeof length);
}

std::size_t received_size(const msghdr& message, std::size_t whole) {
  for (const auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = next_header(message, header)) {
    if (header->cmsg_level != IPPROTO_UDP || header->cmsg_type != udp_gro) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(header), sizeof size);
    if (size > 0) return static_cast<std::size_t>(size);
  }
  return whole;
}

}  // namespace eddy::driver
