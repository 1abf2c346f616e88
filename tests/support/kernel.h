// What some tests need of Linux, and what an emulator of its system calls may lack or get wrong. Each question is asked
// with bare system calls, without eddy: a failure of eddy's own is not taken for one of the system.
#pragma once

#include <string>

namespace eddy::test {

#ifdef __linux__

// What is wrong, or "" when nothing is.
std::string wrong_segments();                      // of a message with UDP_SEGMENT; nothing where that is not known
std::string wrong_arrival();                       // of the numbers of IP_PKTINFO
std::string wrong_peer_name();                     // of SO_PEERNAME
std::string wrong_multicast_interface(bool ipv6);  // of IP_MULTICAST_IF, or of IPV6_MULTICAST_IF

bool bounds_receives();  // of io_uring, by their bytes (Linux 6.17)

// An emulator's kernel runs none of its programs by name, unless it was taught to.
bool runs_own_program();

#else

inline std::string wrong_segments() { return {}; }
inline std::string wrong_arrival() { return {}; }
inline std::string wrong_peer_name() { return {}; }
inline std::string wrong_multicast_interface(bool /*ipv6*/) { return {}; }
inline bool bounds_receives() { return true; }
inline bool runs_own_program() { return true; }

#endif

}  // namespace eddy::test
