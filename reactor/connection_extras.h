// Connection::Extras: what few connections have, or for a short time alone; a pointer in all the others. Not for users.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "reactor/callback.h"
#include "reactor/connection.h"
#include "reactor/connection_attempt.h"
#include "reactor/time.h"

namespace eddy {

struct Connection::Extras {
  struct Sent {
    std::uint64_t bytes_out;  // due when the connection has sent so many
    Callback<void(Connection&)> callback;
  };
  // Behind the FIN, when the peer's system was asked for what it had not acknowledged.
  struct Linger {
    TimePoint end;  // of all patience
    std::size_t unacknowledged;
  };
  std::unique_ptr<Attempt> attempt;  // while connecting
  std::optional<Linger> linger;
  std::list<Sent> sent;
  std::unique_ptr<Successor> session;  // the connection's, when it is not the first one
  std::unique_ptr<Successor> next;     // takes over before the next callback
};

}  // namespace eddy
