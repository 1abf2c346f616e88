#include "store.h"

#include <algorithm>

namespace cache {
namespace {

// Enough that two threads seldom want the same one, each with two pages for every size there is: where there are fewer,
// sizes take pages from each other all the time, with the items on them.
constexpr std::size_t shards_per_thread = 8;
constexpr std::size_t least_share = 2 * Slabs::most_sizes * Slabs::page_size;

std::size_t shard_count(std::size_t limit, std::size_t item_size_max, std::size_t threads) {
  if (threads <= 1) return 1;
  const auto share = std::max(least_share, 4 * item_size_max);
  std::size_t count = 1;
  while (count < threads * shards_per_thread && limit / (count * 2) >= share) count *= 2;
  return count;
}

}  // namespace

Store::Store(std::size_t limit, std::size_t item_size_max, std::size_t threads) : locks_(threads > 1) {
  const auto count = shard_count(limit, item_size_max, threads);
  mask_ = count - 1;
  for (std::size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<Entry>(limit / count, i, count));
}

StoreTotals::StoreTotals(Store& store) {
  for (std::size_t i = 0; i < store.shards(); ++i) {
    const auto shard = store.open(i);
    counters += shard->counters;
    items += shard->items();
    item_bytes += shard->item_bytes();
    held += shard->held();
    buckets += shard->index().buckets();
    index_bytes += shard->index().bytes();
  }
}

}  // namespace cache
