#include "index.h"

#include <new>
#include <utility>

#include "memory.h"

namespace cache {

void Index::Unmap::operator()(Item** buckets) const { unmap_memory(buckets, segment_bytes); }

Index::Index() {
  if (!add_segment()) throw std::bad_alloc();
}

bool Index::add_segment() {
  Segment segment(static_cast<Item**>(map_memory(segment_bytes, system_page)));
  if (segment == nullptr) return false;
  try {
    segments_.push_back(std::move(segment));
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

Item* Index::find(const Key& key) const {
  const auto hash = static_cast<std::uint32_t>(key.hash);
  auto* item = bucket(bucket_of(hash));
  while (item != nullptr && (item->hash != hash || item->key() != key.text)) item = item->chain;
  return item;
}

void Index::insert(Item* item) {
  auto*& first = bucket(bucket_of(item->hash));
  item->chain = first;
  first = item;
  ++size_;
}

void Index::remove(Item* item) {
  auto** place = &bucket(bucket_of(item->hash));
  while (*place != item) place = &(*place)->chain;
  *place = item->chain;
  --size_;
}

void Index::grow() {
  if (bytes_to_grow() > 0 && !add_segment()) return;
  const auto added = buckets_++;
  if (added > mask_) mask_ = mask_ * 2 + 1;
  auto** from = &bucket(added & mask_ >> 1);
  auto** to = &bucket(added);
  while (auto* item = *from) {
    if ((item->hash & mask_) == added) {
      *from = item->chain;
      item->chain = *to;
      *to = item;
    } else {
      from = &item->chain;
    }
  }
}

}  // namespace cache
