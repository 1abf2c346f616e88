#include "kernel.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "child.h"
#include "loop_until.h"
#include "raw_socket.h"

namespace eddy::test {
namespace {

// <linux/udp.h>; older headers lack it.
constexpr int udp_segment = 103;

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string error_of(std::string_view call) { return std::string(call) + ": " + std::strerror(errno); }

// A datagram socket that is bound, and another one that is connected to it.
struct Datagrams {
  Datagrams() {
    auto address = loopback();
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(receiver.descriptor(), reinterpret_cast<sockaddr*>(&address), size), 0) << errno;
    EXPECT_EQ(::getsockname(receiver.descriptor(), reinterpret_cast<sockaddr*>(&address), &size), 0) << errno;
    EXPECT_EQ(::connect(sender.descriptor(), reinterpret_cast<sockaddr*>(&address), size), 0) << errno;
  }
  RawSocket receiver{::socket(AF_INET, SOCK_DGRAM, 0)};
  RawSocket sender{::socket(AF_INET, SOCK_DGRAM, 0)};
};

}  // namespace

std::string wrong_segments() {
  Datagrams sockets;
  int known = 0;
  socklen_t known_size = sizeof known;
  if (::getsockopt(sockets.sender.descriptor(), IPPROTO_UDP, udp_segment, &known, &known_size) != 0) return {};
  std::array<char, 4> bytes{'a', 'b', 'c', 'd'};
  constexpr std::uint16_t segment = 2;
  iovec payload{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof segment)> control{};
  msghdr message{};
  message.msg_iov = &payload;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto& header = *CMSG_FIRSTHDR(&message);
  header.cmsg_level = IPPROTO_UDP;
  header.cmsg_type = udp_segment;
  header.cmsg_len = CMSG_LEN(sizeof segment);
  std::memcpy(CMSG_DATA(&header), &segment, sizeof segment);
  if (::sendmsg(sockets.sender.descriptor(), &message, 0) < 0) return error_of("sending a message with UDP_SEGMENT");
  if (!sockets.receiver.wait_readable(patience)) return "a message with UDP_SEGMENT gets lost here";
  const auto first = sockets.receiver.read_some().size();
  if (first == segment) return {};
  return "a message with UDP_SEGMENT, which getsockopt knows, is not cut here: 4 bytes in segments of 2 arrive as " +
         std::to_string(first);
}

std::string wrong_arrival() {
  Datagrams sockets;
  constexpr int on = 1;
  if (::setsockopt(sockets.receiver.descriptor(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) {
    return error_of("setting IP_PKTINFO");
  }
  sockets.sender.send("x");
  if (!sockets.receiver.wait_readable(patience)) return "a datagram to a socket with IP_PKTINFO gets lost here";
  char byte = 0;
  iovec payload{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  msghdr message{};
  message.msg_iov = &payload;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(sockets.receiver.descriptor(), &message, 0) < 0) return error_of("recvmsg");
  const auto* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != IP_PKTINFO) return "no message brings IP_PKTINFO here";
  in_pktinfo info{};
  std::memcpy(&info, CMSG_DATA(header), sizeof info);
  char name[IF_NAMESIZE];
  if (if_indextoname(static_cast<unsigned>(info.ipi_ifindex), name) != nullptr) return {};
  return "IP_PKTINFO tells here of an interface that does not exist: number " + std::to_string(info.ipi_ifindex);
}

std::string wrong_peer_name() {
  const auto [ours, theirs] = socket_pair();
  sa_family_t family = 0;
  socklen_t size = sizeof family;
  if (::getsockopt(ours.descriptor(), SOL_SOCKET, SO_PEERNAME, &family, &size) == 0) return {};
  return error_of("asking for SO_PEERNAME, which names the peer of a connection that was reset");
}

std::string wrong_multicast_interface(bool ipv6) {
  const RawSocket socket(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0));
  constexpr ip_mreqn any{};
  constexpr int any_ipv6 = 0;
  const int result =
      ipv6 ? ::setsockopt(socket.descriptor(), IPPROTO_IPV6, IPV6_MULTICAST_IF, &any_ipv6, sizeof any_ipv6)
           : ::setsockopt(socket.descriptor(), IPPROTO_IP, IP_MULTICAST_IF, &any, sizeof any);
  return result == 0 ? "" : error_of(ipv6 ? "setting IPV6_MULTICAST_IF" : "setting IP_MULTICAST_IF");
}

bool bounds_receives() {
  utsname system{};
  if (::uname(&system) != 0) return false;
  char* end = nullptr;
  const auto version = std::strtol(system.release, &end, 10);
  const auto patch_level = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
  return std::pair(version, patch_level) >= std::pair(6L, 17L);
}

bool runs_own_program() {
  char program[4096] = "";
  if (::readlink("/proc/self/exe", program, sizeof program - 1) <= 0) return false;
  return Child([&] {
           const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
           ::dup2(nowhere, STDOUT_FILENO);
           ::execl(program, program, "--gtest_list_tests", nullptr);
           return false;
         })
      .was_good();
}

}  // namespace eddy::test
