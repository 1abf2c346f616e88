// Connection::Attempt: what is left of a connect. Not for users.
#pragma once

#include <optional>
#include <vector>

#include "reactor/address.h"
#include "reactor/connection.h"
#include "reactor/options.h"
#include "reactor/time.h"

namespace eddy {

struct Connection::Attempt {
  std::vector<Address> targets;  // the next one is last
  Address target;                // under way
  std::optional<Address> source;
  SocketOptions options;
  TimePoint deadline;
  TimePoint retry_at = never;
};

}  // namespace eddy
