// Index: finds items by their keys. A hash table that grows by linear hashing (Litwin, 1980): each step divides one
// bucket in two, so no insertion ever waits for a whole table to be moved, and no second table is held meanwhile.
// Not thread-safe; owns no items.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "item.h"
#include "key.h"

namespace cache {

class Index {
 public:
  Index();

  Item* find(const Key& key) const;
  void insert(Item* item);
  void remove(Item* item);

  std::size_t size() const { return size_; }
  std::size_t buckets() const { return buckets_; }
  std::size_t bytes() const { return segments_.size() * segment_bytes; }

  // Whether there are more items than buckets, and then how many bytes the next step takes; mostly none.
  bool crowded() const { return size_ > buckets_; }
  std::size_t bytes_to_grow() const { return buckets_ == segments_.size() * segment_buckets ? segment_bytes : 0; }
  // One step. Without memory for it, nothing changes.
  void grow();

 private:
  static constexpr std::size_t segment_buckets = 4096;
  static constexpr std::size_t segment_bytes = segment_buckets * sizeof(void*);
  struct Unmap {
    void operator()(Item** buckets) const;
  };
  using Segment = std::unique_ptr<Item*[], Unmap>;
  bool add_segment();

  Item*& bucket(std::size_t index) const { return segments_[index / segment_buckets][index % segment_buckets]; }
  std::size_t bucket_of(std::uint32_t hash) const {
    const auto index = hash & mask_;
    return index < buckets_ ? index : index & mask_ >> 1;
  }

  std::vector<Segment> segments_;
  std::size_t buckets_ = segment_buckets;
  std::size_t mask_ = segment_buckets - 1;  // a power of two less one, not less than buckets_ - 1
  std::size_t size_ = 0;
};

}  // namespace cache
