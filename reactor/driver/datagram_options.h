// DatagramOptions, and the groups of a datagram socket.
#pragma once

#include <string_view>
#include <system_error>

#include "reactor/address.h"
#include "reactor/driver/endpoint.h"
#include "reactor/options.h"

namespace eddy::driver {

// Sets the options of UDP that are neither about binding nor about buffers. operation_not_supported where the system
// cannot tell of arrivals.
std::error_code apply(NativeSocket socket, const Address& local, const DatagramOptions& options);

// Joins the group of that address, or leaves it, at the interface of that number; 0: the one that the system chooses.
std::error_code set_membership(NativeSocket socket, const Address& group, unsigned interface_index, bool member);

// The number of a network interface that is given by name or number. Throws std::system_error that names it when there
// is none.
unsigned checked_interface(std::string_view interface_name);

}  // namespace eddy::driver
