// The operating system's socket addresses, for the few files that handle them, and how systems differ there.
#pragma once

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
// The others want winsock2.h before them.
// clang-format off
#include <winsock2.h>
#include <ws2tcpip.h>
#include <afunix.h>
#include <iphlpapi.h>
#include <mstcpip.h>
#include <mswsock.h>
#include <netioapi.h>
// clang-format on
using sa_family_t = ADDRESS_FAMILY;
#else
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
// Older SDKs of macOS lack it; SO_NOSIGPIPE is set there.
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
#endif

#include <cstddef>
#include <cstring>

namespace eddy::driver {

// unix:@name, and binding to a free name without asking for one.
#ifdef __linux__
inline constexpr bool abstract_unix_names = true;
#else
inline constexpr bool abstract_unix_names = false;
#endif

// What a Unix listener with a full backlog does to those who connect; or else they are told to try again.
#if defined(__linux__) || defined(_WIN32)
inline constexpr bool full_unix_backlog_refuses = false;
#else
inline constexpr bool full_unix_backlog_refuses = true;
#endif

// What getpeername(2) says of a connection that has broken or ended: nothing on the BSDs and Windows, which cannot be
// asked by another way (former_peer_of), either.
#ifdef __linux__
inline constexpr bool forgets_former_peers = false;
#else
inline constexpr bool forgets_former_peers = true;
#endif

// The BSDs keep an address' length in it. Kernels set it in what they give and need it in nothing that they take, so
// that two equal addresses would differ.
template <class Sockaddr>
void set_length(Sockaddr& address, std::size_t size) {
  if constexpr (requires { address.sa_len; }) address.sa_len = static_cast<decltype(address.sa_len)>(size);
}

// What lies at `native`, wherever that is.
template <class Sockaddr>
Sockaddr read_as(const void* native) {
  Sockaddr result;
  std::memcpy(&result, native, sizeof result);
  return result;
}

inline int family_of(const void* native) { return read_as<sockaddr>(native).sa_family; }

}  // namespace eddy::driver
