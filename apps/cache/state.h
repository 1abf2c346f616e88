// State: what all loops of a server share.
#pragma once

#include <reactor/time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "clock.h"
#include "log.h"
#include "settings.h"
#include "store.h"

namespace cache {

struct State {
  State(const Settings& chosen, std::size_t loops, eddy::TimePoint started)
      : settings(chosen), threads(loops), clock(started), store(chosen.memory_limit, chosen.item_size_max, loops) {}

  const Settings settings;
  const std::size_t threads;
  const Clock clock;
  Store store;

  // Counted by all loops; nothing depends on their order.
  std::atomic<std::uint64_t> open_connections = 0;
  std::atomic<std::uint64_t> total_connections = 0;
  std::atomic<std::uint64_t> bytes_read = 0;
  std::atomic<std::uint64_t> bytes_written = 0;
  std::atomic<std::uint64_t> yields = 0;
  std::atomic<std::uint64_t> flushes = 0;
};

inline void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace cache
