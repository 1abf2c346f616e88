// The headers of control messages (cmsg(3)), one after the other. Unix systems.
#pragma once

#include <sys/socket.h>

namespace eddy::driver {

// The one behind `header`, or null: CMSG_NXTHDR, whose macro of musl compares a signed length with an unsigned one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
inline cmsghdr* next_header(const msghdr& message, const cmsghdr* header) {
  return CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(header));
}
#pragma GCC diagnostic pop

}  // namespace eddy::driver
