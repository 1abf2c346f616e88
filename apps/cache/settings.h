// Settings of a cache server.
#pragma once

#include <reactor/host_limit.h>
#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace cache {

class Log;

inline constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

struct Settings {
  std::size_t memory_limit = 64 * mebibyte;        // -m; bytes of all items, their index included
  std::size_t item_size_max = mebibyte;            // -I; bytes of an item as memcached counts it (Service)
  std::size_t max_connections = 4096;              // -c; of each listener
  std::size_t requests_per_event = 20;             // -R; then other connections have their turn
  int backlog = 1024;                              // -b; listen(2)
  Log* log = nullptr;                              // not owned; for commands, and set by the command `verbosity`
  std::size_t connection_memory = 512 * mebibyte;  // of all loops: unsent answers and unfinished requests
  eddy::Duration request_timeout = std::chrono::seconds(30);  // RequestWatch
  std::shared_ptr<eddy::HostLimit> hosts = {};                // for all addresses together
  // A connection whose client reads nothing for so long is closed.
  eddy::Duration write_stall_timeout = std::chrono::seconds(60);
};

// Bytes that the connections of one of `threads` loops may hold: LoopOptions::memory_budget.
std::size_t connection_memory(const Settings& settings, std::size_t threads);
// Of that, unsent answers of one connection at which it is read from no more: when all connections have as much, there
// is room for others and for requests.
std::size_t high_mark(const Settings& settings, std::size_t threads);

// Throws std::invalid_argument that names the setting and what was expected.
void check(const Settings& settings);

}  // namespace cache
