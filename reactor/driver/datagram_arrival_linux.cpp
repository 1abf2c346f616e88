#include <netinet/in.h>

#include <cstring>

#include "reactor/driver/datagram_arrival.h"
#include "reactor/driver/next_header.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

Address ipv4_address(in_addr address) {
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_addr = address;
  return Address::from_native(Transport::udp, &native, sizeof native);
}

Address ipv6_address(const in6_addr& address, unsigned interface_index) {
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_addr = address;
  if (IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MC_LINKLOCAL(&address)) native.sin6_scope_id = interface_index;
  return Address::from_native(Transport::udp, &native, sizeof native);
}

template <class Info>
void append(msghdr& message, DatagramControl& control, int level, int type, const Info& info) {
  auto* const at = control.bytes + message.msg_controllen;
  message.msg_control = &control;
  message.msg_controllen += CMSG_SPACE(sizeof info);
  std::memset(at, 0, CMSG_SPACE(sizeof info));
  auto* header = reinterpret_cast<cmsghdr*>(at);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
}

}  // namespace

// A socket of both families tells of IPv4 with mapped addresses.
std::error_code tell_arrival(NativeSocket socket, bool ipv6) {
  return ipv6 ? set_option(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) : set_option(socket, IPPROTO_IP, IP_PKTINFO, 1);
}

DatagramArrival arrival_of(const msghdr& message) {
  for (const auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = next_header(message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      return {.to = ipv4_address(info.ipi_addr),
              .local = ipv4_address(info.ipi_spec_dst),
              .interface_index = static_cast<unsigned>(info.ipi_ifindex)};
    }
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      const auto to = ipv6_address(info.ipi6_addr, info.ipi6_ifindex);
      const bool group = IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
      return {.to = to, .local = group ? Address() : to, .interface_index = info.ipi6_ifindex};
    }
  }
  return {};
}

void send_from(msghdr& message, DatagramControl& control, const DatagramQueue::Source& source) {
  if (source.ipv6) {
    in6_pktinfo info{};
    info.ipi6_ifindex = source.interface_index;
    std::memcpy(&info.ipi6_addr, source.address.data(), sizeof info.ipi6_addr);
    append(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
  } else {
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(source.interface_index);
    std::memcpy(&info.ipi_spec_dst, source.address.data(), sizeof info.ipi_spec_dst);
    append(message, control, IPPROTO_IP, IP_PKTINFO, info);
  }
}

}  // namespace eddy::driver
