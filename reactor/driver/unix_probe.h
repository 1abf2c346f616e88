// Whether somebody has a Unix socket's file open: listening, about to listen, or receiving datagrams.
#pragma once

#include "reactor/address.h"

namespace eddy::driver {

// In doubt, as for one that we may not connect to: yes.
bool somebody_has_open(const Address& path);

}  // namespace eddy::driver
