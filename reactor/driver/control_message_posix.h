// The part of a message that carries descriptors (cmsg(3)).
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

#include "reactor/driver/descriptor_passing.h"

namespace eddy::driver {

// Room for it. CMSG_SPACE is no constant everywhere.
struct ControlMessage {
  alignas(cmsghdr) std::array<std::byte, sizeof(cmsghdr) + (most_descriptors + 8) * sizeof(int)> room;
};

// Makes `message` carry the descriptors, at most most_descriptors, by way of `control`.
void attach(msghdr& message, ControlMessage& control, std::span<const OwnedDescriptor> attached);

}  // namespace eddy::driver
