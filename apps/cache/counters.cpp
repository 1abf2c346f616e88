#include "counters.h"

namespace cache {

Counters& Counters::operator+=(const Counters& other) {
  cmd_get += other.cmd_get;
  cmd_set += other.cmd_set;
  cmd_touch += other.cmd_touch;
  cmd_meta += other.cmd_meta;
  get_hits += other.get_hits;
  get_misses += other.get_misses;
  get_expired += other.get_expired;
  get_flushed += other.get_flushed;
  delete_misses += other.delete_misses;
  delete_hits += other.delete_hits;
  incr_misses += other.incr_misses;
  incr_hits += other.incr_hits;
  decr_misses += other.decr_misses;
  decr_hits += other.decr_hits;
  cas_misses += other.cas_misses;
  cas_hits += other.cas_hits;
  cas_badval += other.cas_badval;
  touch_hits += other.touch_hits;
  touch_misses += other.touch_misses;
  store_too_large += other.store_too_large;
  store_no_memory += other.store_no_memory;
  total_items += other.total_items;
  evictions += other.evictions;
  evicted_unfetched += other.evicted_unfetched;
  reclaimed += other.reclaimed;
  expired_unfetched += other.expired_unfetched;
  crawler_reclaimed += other.crawler_reclaimed;
  crawler_items_checked += other.crawler_items_checked;
  pages_moved += other.pages_moved;
  return *this;
}

}  // namespace cache
