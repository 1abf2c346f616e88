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

// Whether a peer of that Unix socket may attach descriptors; his send fails with EPERM when not. What nobody takes the
// system would close inside of our receive(2), and the close of a socket that lingers (SO_LINGER), or of a file of a
// user's own file system, takes as long as that user wants. For Linux 6.16 and later; others close what arrives. What
// a listening socket is told holds for those that connect to it from then on.
void allow_attaching(NativeSocket socket, bool allowed);

// As the receive of socket_calls.h, with what is attached to the bytes, close-on-exec. When not all of it could be
// taken (the process may have no more descriptors) nothing is received: too_many_files_open or not_enough_memory. The
// bytes are lost then, too.
std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::vector<OwnedDescriptor>& attached,
                    std::error_code& error);

}  // namespace eddy::driver
