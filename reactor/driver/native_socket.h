// NativeSocket: what the operating system calls a socket by.
#pragma once

#include <cstdint>

namespace eddy::driver {

#ifdef _WIN32
using NativeSocket = std::uintptr_t;
inline constexpr NativeSocket no_socket = ~NativeSocket{0};
#else
using NativeSocket = int;
inline constexpr NativeSocket no_socket = -1;
#endif

}  // namespace eddy::driver
