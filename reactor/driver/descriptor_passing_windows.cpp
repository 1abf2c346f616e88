#include "reactor/driver/descriptor_passing.h"
#include "reactor/driver/socket_calls.h"

namespace eddy::driver {

// Nothing can be attached.
void allow_attaching(NativeSocket /*socket*/, bool /*allowed*/) {}
std::size_t receive(NativeSocket socket, void* buffer, std::size_t size, std::vector<OwnedDescriptor>& /*attached*/,
                    std::error_code& error) {
  return receive(socket, buffer, size, error);
}

}  // namespace eddy::driver
