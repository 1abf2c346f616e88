// Which way a UDP datagram came, and which way one is to go.
#pragma once

#include "reactor/address.h"

namespace eddy {

// Of a datagram that was received, with DatagramOptions::arrival.
struct DatagramArrival {
  Address to;     // what its sender wrote on it: an address of this machine, a group, or a broadcast address
  Address local;  // the address of this machine to answer from; unnamed for an IPv6 group
  unsigned interface_index = 0;  // by number (if_indextoname(3))
};

// Of a datagram that is sent. What is unset is the system's choice.
struct DatagramSource {
  Address address = {};          // one of this machine; its port does not count
  unsigned interface_index = 0;  // by number (if_nametoindex(3)): the datagram leaves there, whatever the routes say
};

}  // namespace eddy
