#include "forged.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>

namespace attack {
namespace {

constexpr std::size_t ip_header = 20;
constexpr std::size_t udp_header = 8;

void put_16(std::string& text, std::size_t value) {
  text.push_back(static_cast<char>(value >> 8 & 0xff));
  text.push_back(static_cast<char>(value & 0xff));
}

void put_address(std::string& text, const eddy::Address& address) {
  const auto bytes = address.ip_bytes();
  text.append(bytes.text());
}

}  // namespace

Forged::Forged() : socket_(::socket(AF_INET, SOCK_RAW, IPPROTO_RAW)) {
  if (socket_ < 0) throw std::system_error(errno, std::generic_category(), "a raw socket, to forge senders");
}

Forged::~Forged() { ::close(socket_); }

// RFC 791 and RFC 768. The system fills in the header's checksum and identification; UDP may go without a checksum.
void Forged::send(const eddy::Address& from, const eddy::Address& to, std::string_view payload) {
  std::string packet;
  put_16(packet, 0x4500);
  put_16(packet, ip_header + udp_header + payload.size());
  put_16(packet, 0);
  put_16(packet, 0);
  put_16(packet, 64 << 8 | IPPROTO_UDP);
  put_16(packet, 0);
  put_address(packet, from);
  put_address(packet, to);
  put_16(packet, from.port());
  put_16(packet, to.port());
  put_16(packet, udp_header + payload.size());
  put_16(packet, 0);
  packet.append(payload);
  static_cast<void>(::sendto(socket_, packet.data(), packet.size(), MSG_DONTWAIT,
                             static_cast<const sockaddr*>(to.native()), static_cast<socklen_t>(to.native_size())));
}

}  // namespace attack
