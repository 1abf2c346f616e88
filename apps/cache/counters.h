// Counters: what a shard counts, by memcached's names.
#pragma once

#include <cstdint>

namespace cache {

struct Counters {
  std::uint64_t cmd_get = 0;
  std::uint64_t cmd_set = 0;
  std::uint64_t cmd_touch = 0;
  std::uint64_t cmd_meta = 0;
  std::uint64_t get_hits = 0;
  std::uint64_t get_misses = 0;
  std::uint64_t get_expired = 0;
  std::uint64_t get_flushed = 0;
  std::uint64_t delete_misses = 0;
  std::uint64_t delete_hits = 0;
  std::uint64_t incr_misses = 0;
  std::uint64_t incr_hits = 0;
  std::uint64_t decr_misses = 0;
  std::uint64_t decr_hits = 0;
  std::uint64_t cas_misses = 0;
  std::uint64_t cas_hits = 0;
  std::uint64_t cas_badval = 0;
  std::uint64_t touch_hits = 0;
  std::uint64_t touch_misses = 0;
  std::uint64_t store_too_large = 0;
  std::uint64_t store_no_memory = 0;
  std::uint64_t total_items = 0;
  std::uint64_t evictions = 0;  // of items that were neither expired nor flushed
  std::uint64_t evicted_unfetched = 0;
  std::uint64_t reclaimed = 0;  // expired or flushed ones whose memory was taken for new items
  std::uint64_t expired_unfetched = 0;
  std::uint64_t crawler_reclaimed = 0;
  std::uint64_t crawler_items_checked = 0;
  std::uint64_t pages_moved = 0;  // taken from one block size for another

  Counters& operator+=(const Counters& other);
};

}  // namespace cache
