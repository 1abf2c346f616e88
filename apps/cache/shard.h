// Shard: a part of the cache, with memory, index and counters of its own. One thread at a time uses it: Store has the
// lock.
//
// Memory: blocks of Slabs, large values and the index together stay within the limit. When there is no room the least
// recently used items go. Each block size has a list of its items, the large ones another, in the order in which they
// were stored; one that is asked for is marked and keeps its place, and gets a second chance when it comes to the old
// end: so a get moves nothing. A size that needs memory takes it from its own list, or the page of another list's
// oldest item when that is clearly older.
#pragma once

#include <reactor/bytes.h>
#include <reactor/shared_bytes.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "clock.h"
#include "counters.h"
#include "index.h"
#include "item.h"
#include "slabs.h"

namespace cache {

// What is stored under a key.
struct Content {
  eddy::Bytes block;  // the value and its CRLF
  std::uint32_t client_flags = 0;
  Seconds expiry = never_expires;
};

class Shard {
 public:
  // `limit` in bytes. The ids that items get for cas are number + shards, number + 2 * shards and so on, so that no two
  // of the `shards` shards give the same.
  Shard(std::size_t limit, std::size_t number, std::size_t shards);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  // Null when there is none, or it has expired or was flushed: it is removed then. Does not mark it as used.
  Item* find(const Key& key, Seconds now);
  void mark_used(Item* item, Seconds now);

  // Puts it in the place of what the key had. Null when there is no memory for it; the old one is gone all the same.
  // `large` holds the block when is_large says so, copied before the shard was locked.
  Item* store(const Key& key, const Content& content, eddy::SharedBytes large, Seconds now);
  static bool is_large(std::size_t key_size, std::size_t block_size) {
    return sizeof(Item) + key_size + block_size > Slabs::largest_block;
  }

  void remove(Item* item);
  void set_expiry(Item* item, Seconds expiry);
  std::uint64_t renew_cas(Item* item) { return item->cas = next_cas(); }

  // All that is stored until then is gone from `when` on.
  void flush(Seconds when, Seconds now);

  // Looks at the items of up to `pages` pages and removes those that have expired or were flushed; goes round and
  // round.
  void sweep(std::size_t pages, Seconds now);

  Counters counters;

  // For statistics
  std::size_t items() const { return index_.size(); }
  std::size_t item_bytes() const { return item_bytes_; }  // of keys, values and headers
  std::size_t held() const { return slabs_.bytes() + large_bytes_ + index_.bytes(); }
  const Index& index() const { return index_; }
  const Slabs& slabs() const { return slabs_; }
  std::size_t lists() const { return large_list() + 1; }
  struct List {
    Item* newest = nullptr;
    Item* oldest = nullptr;
    std::size_t count = 0;
    std::size_t bytes = 0;
    std::uint64_t evictions = 0;
  };
  const List& list(std::size_t number) const { return lists_[number]; }

 private:
  std::size_t large_list() const { return slabs_.size_classes(); }
  static std::size_t bytes_of(const Item* item);
  List& list_of(const Item* item);
  void push_newest(Item* item);
  void unlink(Item* item);

  std::uint64_t next_cas() { return last_cas_ += cas_step_; }
  bool is_dead(const Item* item, Seconds now) const {
    return (item->expiry != never_expires && item->expiry <= now) || item->cas <= flushed_cas_;
  }
  void begin_due_flush(Seconds now);

  void* block(std::size_t size_class, Seconds now);
  bool make_room(std::size_t bytes, List* own, Seconds now);
  void grow_index(Seconds now);
  bool has_room(std::size_t bytes) const { return held() + bytes <= limit_; }
  bool page_to_be_had() const { return slabs_.has_spare() || has_room(Slabs::page_size); }
  List* oldest_list(const List* but);
  bool clearly_older(const Item* item, const Item* other, Seconds now) const;
  void take_from(List& list, Seconds now);
  void evict_oldest(List& list, Seconds now);
  void evict_page(Slabs::Page* page, Seconds now);
  void evict(Item* item, Seconds now);

  Slabs slabs_;
  Index index_;
  std::array<List, Slabs::most_sizes + 1> lists_{};
  std::size_t limit_;
  std::size_t large_bytes_ = 0;
  std::size_t item_bytes_ = 0;
  std::size_t mortal_ = 0;  // items with an expiry
  std::uint64_t last_cas_;
  std::uint64_t cas_step_;
  std::uint64_t flushed_cas_ = 0;  // items up to this one were flushed
  Seconds flush_at_ = 0;           // when the next flush is due; 0 for none
  std::size_t sweep_page_ = 0;
  std::size_t flushed_pages_ = 0;  // still to be swept for flushed items
  std::uint32_t evictions_since_look_ = 0;
};

}  // namespace cache
