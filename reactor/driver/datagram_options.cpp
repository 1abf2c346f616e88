#include "reactor/driver/datagram_options.h"

#include <charconv>
#include <string>

#include "reactor/driver/datagram_arrival.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {
namespace {

template <class Value>
std::error_code set(NativeSocket socket, int level, int option, const Value& value) {
  if (::setsockopt(socket, level, option, reinterpret_cast<const char*>(&value), sizeof value) == 0) return {};
  return last_error();
}

#ifdef _WIN32
using Ipv4Octet = DWORD;
#else
using Ipv4Octet = unsigned char;  // what the BSDs want; the others take it, too
#endif

// NetBSD and Windows have no ip_mreqn: there an address 0.0.0.n stands for the n-th interface.
#if defined(_WIN32) || defined(__NetBSD__)
ip_mreq at_interface(unsigned interface_index) {
  ip_mreq request{};
  request.imr_interface.s_addr = htonl(interface_index);
  return request;
}
std::error_code set_ipv4_interface(NativeSocket socket, unsigned interface_index) {
  return set(socket, IPPROTO_IP, IP_MULTICAST_IF, at_interface(interface_index).imr_interface);
}
#else
ip_mreqn at_interface(unsigned interface_index) {
  ip_mreqn request{};
  request.imr_ifindex = static_cast<int>(interface_index);
  return request;
}
std::error_code set_ipv4_interface(NativeSocket socket, unsigned interface_index) {
  return set(socket, IPPROTO_IP, IP_MULTICAST_IF, at_interface(interface_index));
}
#endif

}  // namespace

std::error_code apply(NativeSocket socket, const Address& local, const DatagramOptions& options) {
  if (!local.is_ip()) return {};
  const bool v6 = local.is_ipv6();
  std::error_code error;
  if (options.broadcast) error = set_option(socket, SOL_SOCKET, SO_BROADCAST, 1);
  if (options.hop_limit && !error) {
    error = v6 ? set_option(socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, *options.hop_limit)
               : set_option(socket, IPPROTO_IP, IP_TTL, *options.hop_limit);
  }
  if (options.multicast_hop_limit && !error) {
    error = v6 ? set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, *options.multicast_hop_limit)
               : set(socket, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<Ipv4Octet>(*options.multicast_hop_limit));
  }
  if (options.multicast_loop && !error) {
    const bool on = *options.multicast_loop;
    error = v6 ? set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on ? 1 : 0)
               : set(socket, IPPROTO_IP, IP_MULTICAST_LOOP, static_cast<Ipv4Octet>(on ? 1 : 0));
  }
  if (options.multicast_interface && !error) {
    const auto interface_index = checked_interface(*options.multicast_interface);
    error = v6 ? set(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface_index)
               : set_ipv4_interface(socket, interface_index);
  }
  if (options.arrival && !error) error = tell_arrival(socket, v6);
  return error;
}

std::error_code set_membership(NativeSocket socket, const Address& group, unsigned interface_index, bool member) {
  // Linux gives a socket that is bound to every address the groups of all processes here, unless it is told not to
  // (ip(7): IP_MULTICAST_ALL). The option for IPv6 is of Linux 4.20: before it there is nothing else to try.
#ifdef IP_MULTICAST_ALL
  if (!group.is_ipv6()) static_cast<void>(set(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0));
#endif
#ifdef IPV6_MULTICAST_ALL
  if (group.is_ipv6()) static_cast<void>(set(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0));
#endif
  if (group.is_ipv6()) {
    ipv6_mreq request{};
    request.ipv6mr_multiaddr = read_as<sockaddr_in6>(group.native()).sin6_addr;
    request.ipv6mr_interface = interface_index;
    return set(socket, IPPROTO_IPV6, member ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, request);
  }
  auto request = at_interface(interface_index);
  request.imr_multiaddr = read_as<sockaddr_in>(group.native()).sin_addr;
  return set(socket, IPPROTO_IP, member ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, request);
}

unsigned checked_interface(std::string_view interface_name) {
  unsigned number = 0;
  const auto* end = interface_name.data() + interface_name.size();
  const auto [stop, error] = std::from_chars(interface_name.data(), end, number);
  if (error != std::errc() || stop != end) number = if_nametoindex(std::string(interface_name).c_str());
  if (number != 0) return number;
  throw std::system_error(
      std::make_error_code(std::errc::no_such_device),
      "interface \"" + std::string(interface_name) + "\": expected the name or number of a network interface here");
}

}  // namespace eddy::driver
