// Descriptors that go from process to process over Unix stream sockets: unix(7), SCM_RIGHTS.
#pragma once

#include <cstddef>
#include <system_error>
#include <vector>

#include "reactor/driver/native_socket.h"
#include "reactor/owned_socket.h"

namespace eddy::driver {

#ifdef _WIN32
inline constexpr bool passes_descriptors = false;
#else
inline constexpr bool passes_descriptors = true;
#endif

// Of one send: as many as Linux passes (SCM_MAX_FD).
inline constexpr std::size_t most_descriptors = 253;

// As the receive of socket_calls.h, with what is attached to the bytes, close-on-exec. When not all of it could be
// taken (the process may have no more descriptors) nothing is received: too_many_files_open or not_enough_memory. The
// bytes are lost then, too.
std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::vector<OwnedDescriptor>& attached,
                    std::error_code& error);

}  // namespace eddy::driver
