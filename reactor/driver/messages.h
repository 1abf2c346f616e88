// Several datagrams by one call, where the kernel has one: Linux and NetBSD. FreeBSD's recvmmsg is a loop in its C
// library, and so is ours for all the others.
#pragma once

#include <cstddef>
#include <span>
#include <system_error>

#include "reactor/driver/endpoint.h"
#include "reactor/driver/sockaddr.h"

namespace eddy::driver {

#ifdef _WIN32
// As they are elsewhere.
struct iovec {
  void* iov_base;
  std::size_t iov_len;
};
struct msghdr {
  void* msg_name;
  socklen_t msg_namelen;
  iovec* msg_iov;  // one
  std::size_t msg_iovlen;
  int msg_flags;
};
#endif

#if defined(__linux__) || defined(__NetBSD__)
using Message = mmsghdr;
#else
struct Message {
  msghdr msg_hdr;
  unsigned msg_len;
};
#endif

// Answer how many were received or sent; fewer than asked for means that there are no more for now, or that the next
// one fails. An error in sending is about the first: ENOBUFS when not this socket is full, but what lies behind it. One
// in receiving came after those received, and is not told again.
std::size_t receive_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error);
std::size_t send_messages(NativeSocket socket, std::span<Message> messages, std::error_code& error);

}  // namespace eddy::driver
