// Store: the whole cache, divided into shards by the keys' hashes. Any thread may ask for any key: the shard is locked
// for as long as an Access lives, about as long as it takes to copy the value.
#pragma once

#include <reactor/keyed_hash.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "key.h"
#include "shard.h"

namespace cache {

// The right to use a shard.
class Access {
 public:
  Access(Shard& shard, std::unique_lock<std::mutex> lock) : shard_(shard), lock_(std::move(lock)) {}
  Shard* operator->() const { return &shard_; }
  Shard& operator*() const { return shard_; }

 private:
  Shard& shard_;
  std::unique_lock<std::mutex> lock_;
};

class Store {
 public:
  // `limit` bytes in all. With one thread there is one shard, and nothing is locked.
  Store(std::size_t limit, std::size_t item_size_max, std::size_t threads);

  Key key(std::string_view text) const { return {text, hash_(text)}; }
  Access open(const Key& key) { return open(static_cast<std::size_t>(key.hash >> 32 & mask_)); }

  std::size_t shards() const { return shards_.size(); }
  Access open(std::size_t shard) {
    auto& entry = *shards_[shard];
    return {entry.shard, locks_ ? std::unique_lock(entry.mutex) : std::unique_lock<std::mutex>()};
  }

 private:
  // Aligned, so that two threads in neighbouring shards do not share a cache line.
  struct alignas(64) Entry {
    Entry(std::size_t limit, std::size_t number, std::size_t shards) : shard(limit, number, shards) {}
    std::mutex mutex;
    Shard shard;
  };

  eddy::KeyedHash hash_;
  bool locks_;
  std::size_t mask_ = 0;
  std::vector<std::unique_ptr<Entry>> shards_;
};

// All shards together.
struct StoreTotals {
  explicit StoreTotals(Store& store);

  Counters counters;
  std::uint64_t items = 0;
  std::uint64_t item_bytes = 0;
  std::uint64_t held = 0;  // of the memory limit
  std::uint64_t buckets = 0;
  std::uint64_t index_bytes = 0;
};

}  // namespace cache
