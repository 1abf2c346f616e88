// Socket options whose names and meaning differ between Unix systems. `none`: the system has no such option.
#pragma once

#include "reactor/driver/sockaddr.h"

namespace eddy::driver {

inline constexpr int none = -1;

// Several sockets on one port, balanced. Elsewhere SO_REUSEPORT lets them share it and gives all to one.
#if defined(SO_REUSEPORT_LB)
inline constexpr int reuse_port_option = SO_REUSEPORT_LB;
#elif defined(__linux__) || defined(__DragonFly__)
inline constexpr int reuse_port_option = SO_REUSEPORT;
#else
inline constexpr int reuse_port_option = none;
#endif

// IP_LOCAL_PORT_RANGE, which older headers do not have. FreeBSD's IP_PORTRANGE only chooses among three.
#if defined(__linux__)
inline constexpr int local_ports_option = 51;
#else
inline constexpr int local_ports_option = none;
#endif

// OpenBSD has them for the whole system only (sysctl).
#if defined(TCP_KEEPIDLE)
inline constexpr int keep_idle_option = TCP_KEEPIDLE;
#elif defined(TCP_KEEPALIVE)
inline constexpr int keep_idle_option = TCP_KEEPALIVE;
#else
inline constexpr int keep_idle_option = none;
#endif
#if defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
inline constexpr int keep_interval_option = TCP_KEEPINTVL;
inline constexpr int keep_probes_option = TCP_KEEPCNT;
#else
inline constexpr int keep_interval_option = none;
inline constexpr int keep_probes_option = none;
#endif

// Of a listening socket: how many may wait with data; macOS only turns it on.
#if defined(__APPLE__)
inline constexpr bool fast_open_counts = false;
#else
inline constexpr bool fast_open_counts = true;
#endif
#if defined(TCP_FASTOPEN)
inline constexpr int fast_open_option = TCP_FASTOPEN;
#else
inline constexpr int fast_open_option = none;
#endif
#if defined(TCP_FASTOPEN_CONNECT)
inline constexpr int fast_open_connect_option = TCP_FASTOPEN_CONNECT;
#else
inline constexpr int fast_open_connect_option = none;
#endif

#if defined(__APPLE__) || defined(__NetBSD__) || defined(__OpenBSD__)
inline constexpr bool accepted_inherit_linger = false;
#else
inline constexpr bool accepted_inherit_linger = true;
#endif

// A datagram longer than SO_SNDBUF, or than the receiver's SO_RCVBUF, does not go; and the defaults are small.
#if defined(__linux__)
inline constexpr bool buffers_limit_datagrams = false;
#else
inline constexpr bool buffers_limit_datagrams = true;
#endif

}  // namespace eddy::driver
