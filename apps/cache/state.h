// State: what all loops of a server share.
#pragma once

#include <reactor/time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "clock.h"
#include "log.h"
#include "settings.h"
#include "store.h"

namespace cache {

// What one loop counts. It alone writes; `stats` on any loop reads.
class LoopCounter {
 public:
  void add(std::uint64_t count) { value_.store(get() + count, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

struct alignas(64) LoopCounters {
  LoopCounter opened;
  LoopCounter closed;
  LoopCounter bytes_read;
  LoopCounter bytes_written;
  LoopCounter yields;
  LoopCounter flushes;
  LoopCounter requests_timed_out;
  LoopCounter requests_dropped;  // for want of memory
};

struct State {
  State(const Settings& chosen, std::size_t threads, eddy::TimePoint started)
      : settings(chosen), clock(started), store(chosen.memory_limit, chosen.item_size_max, threads), loops(threads) {}

  const Settings settings;
  const Clock clock;
  Store store;
  std::vector<LoopCounters> loops;
  // The first of each that is served, 0 for none. Set before the loops run.
  std::uint16_t tcp_port = 0;
  std::uint16_t udp_port = 0;

  std::uint64_t total(LoopCounter LoopCounters::*counter) const {
    std::uint64_t sum = 0;
    for (const auto& loop : loops) sum += (loop.*counter).get();
    return sum;
  }
};

}  // namespace cache
