// Connection::Extras: what few connections have. Not for users.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "reactor/callback.h"
#include "reactor/connection.h"

namespace eddy {

struct Connection::Extras {
  struct Sent {
    std::uint64_t bytes_out;  // due when the connection has sent so many
    Callback<void(Connection&)> callback;
  };
  std::list<Sent> sent;
  std::unique_ptr<Successor> session;  // the connection's, when it is not the first one
  std::unique_ptr<Successor> next;     // takes over before the next callback
};

}  // namespace eddy
