// What an attack has spent.
#pragma once

#include <cstdint>

namespace attack {

struct Tally {
  std::uint64_t bytes = 0;        // sent, of connections and datagrams
  std::uint64_t connections = 0;  // that the server's system accepted
  std::uint64_t ended = 0;        // of these, by the server
  std::uint64_t datagrams = 0;
  std::uint64_t received = 0;  // bytes
};

}  // namespace attack
