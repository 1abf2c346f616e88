#include "shard.h"

#include <cstring>
#include <new>
#include <utility>

#include "memory.h"

namespace cache {
namespace {

// What a large value takes.
std::size_t large_footprint(const eddy::SharedBytes& value) {
  constexpr std::size_t header = 16;  // of the shared payload
  return mapped_size(header + value.size());
}

constexpr int most_second_chances = 64;

// How often a list that evicts its own looks whether another one has older items.
constexpr std::uint32_t evictions_between_looks = 32;

}  // namespace

Shard::Shard(std::size_t limit, std::size_t number, std::size_t shards)
    : limit_(limit), last_cas_(number), cas_step_(shards) {}

Shard::~Shard() {
  for (auto* item = lists_[large_list()].newest; item != nullptr; item = item->older) {
    item->shared_value().~SharedBytes();
  }
}

// ---- items

Item* Shard::find(const Key& key, Seconds now) {
  begin_due_flush(now);
  auto* item = index_.find(key);
  if (item == nullptr || !is_dead(item, now)) return item;
  ++(item->cas <= flushed_cas_ ? counters.get_flushed : counters.get_expired);
  remove(item);
  return nullptr;
}

void Shard::mark_used(Item* item, Seconds now) {
  item->accessed = now;
  item->set(static_cast<Item::State>(Item::fetched | Item::used));
}

Item* Shard::store(const Key& key, const Content& content, eddy::SharedBytes large, Seconds now) {
  begin_due_flush(now);
  if (auto* old = index_.find(key)) remove(old);
  const bool is_large = static_cast<bool>(large);
  const auto size =
      is_large ? Item::large_block_size(key.text.size()) : sizeof(Item) + key.text.size() + content.block.size();
  if (index_.crowded()) grow_index(now);
  // Held before the block is looked for, which may take what room there is.
  const auto held_apart = is_large ? large_footprint(large) : 0;
  const bool has_room_for_value = !is_large || make_room(held_apart, &lists_[large_list()], now);
  large_bytes_ += held_apart;
  void* place = has_room_for_value ? block(slabs_.size_class(size), now) : nullptr;
  if (place == nullptr) {
    large_bytes_ -= held_apart;
    ++counters.store_no_memory;
    return nullptr;
  }
  auto* item = ::new (place) Item{.chain = nullptr,
                                  .newer = nullptr,
                                  .older = nullptr,
                                  .cas = next_cas(),
                                  .hash = static_cast<std::uint32_t>(key.hash),
                                  .expiry = never_expires,
                                  .accessed = now,
                                  .client_flags = content.client_flags,
                                  .value_size = static_cast<std::uint32_t>(content.block.size() - 2),
                                  .key_size = static_cast<std::uint8_t>(key.text.size()),
                                  .state = Item::live};
  if (is_large) {
    item->set(Item::large);
    ::new (item->after_header()) eddy::SharedBytes(std::move(large));
  } else {
    std::memcpy(item->value_place(), content.block.data(), content.block.size());
  }
  std::memcpy(item->key_place(), key.text.data(), key.text.size());
  set_expiry(item, content.expiry);
  auto& list = list_of(item);
  ++list.count;
  list.bytes += bytes_of(item);
  item_bytes_ += bytes_of(item);
  push_newest(item);
  index_.insert(item);
  ++counters.total_items;
  return item;
}

void Shard::remove(Item* item) {
  auto& list = list_of(item);
  --list.count;
  list.bytes -= bytes_of(item);
  item_bytes_ -= bytes_of(item);
  set_expiry(item, never_expires);
  index_.remove(item);
  unlink(item);
  if (item->is(Item::large)) {
    large_bytes_ -= large_footprint(item->shared_value());
    item->shared_value().~SharedBytes();
  }
  item->state = 0;
  slabs_.give_back(item);
}

void Shard::set_expiry(Item* item, Seconds expiry) {
  if (item->expiry != never_expires) --mortal_;
  item->expiry = expiry;
  if (expiry != never_expires) ++mortal_;
}

void Shard::flush(Seconds when, Seconds now) {
  flush_at_ = when;
  begin_due_flush(now);
}

void Shard::begin_due_flush(Seconds now) {
  if (flush_at_ == 0 || flush_at_ > now) return;
  flush_at_ = 0;
  flushed_cas_ = last_cas_;
  flushed_pages_ = slabs_.pages().size();
}

// ---- lists

std::size_t Shard::bytes_of(const Item* item) { return Item::block_size(item->key_size, item->value_size); }

Shard::List& Shard::list_of(const Item* item) {
  return lists_[item->is(Item::large) ? large_list() : Slabs::page_of(item)->size_class];
}

void Shard::push_newest(Item* item) {
  auto& list = list_of(item);
  item->newer = nullptr;
  item->older = list.newest;
  (list.newest != nullptr ? list.newest->newer : list.oldest) = item;
  list.newest = item;
}

void Shard::unlink(Item* item) {
  auto& list = list_of(item);
  (item->newer != nullptr ? item->newer->older : list.newest) = item->older;
  (item->older != nullptr ? item->older->newer : list.oldest) = item->newer;
}

// ---- room for new items

void* Shard::block(std::size_t size_class, Seconds now) {
  if (auto* block = slabs_.take(size_class)) return block;
  if (page_to_be_had() && slabs_.add_page(size_class)) return slabs_.take(size_class);

  auto& own = lists_[size_class];
  if (own.oldest == nullptr || ++evictions_since_look_ >= evictions_between_looks) {
    evictions_since_look_ = 0;
    auto* other = oldest_list(&own);
    if (other != nullptr && (own.oldest == nullptr || clearly_older(other->oldest, own.oldest, now))) {
      while (other->oldest != nullptr && !page_to_be_had()) take_from(*other, now);
      if (page_to_be_had() && slabs_.add_page(size_class)) {
        ++counters.pages_moved;
        return slabs_.take(size_class);
      }
    }
  }
  // An item's removal frees a block of its own size, or all of a page.
  while (own.oldest != nullptr) {
    evict_oldest(own, now);
    if (auto* block = slabs_.take(size_class)) return block;
    if (page_to_be_had() && slabs_.add_page(size_class)) return slabs_.take(size_class);
  }
  // Large items have their blocks in pages of this size, and their own list.
  auto& large = lists_[large_list()];
  while (large.oldest != nullptr) {
    evict_oldest(large, now);
    if (auto* block = slabs_.take(size_class)) return block;
    if (page_to_be_had() && slabs_.add_page(size_class)) return slabs_.take(size_class);
  }
  return nullptr;
}

// For what lies outside of pages. It comes from list `own`, or another that is clearly older; without one from the
// oldest.
bool Shard::make_room(std::size_t bytes, List* own, Seconds now) {
  while (!has_room(bytes)) {
    if (slabs_.has_spare()) {
      slabs_.release_spare();
      continue;
    }
    auto* victim = own != nullptr && own->oldest != nullptr ? own : nullptr;
    auto* other = oldest_list(own);
    if (other != nullptr && (victim == nullptr || clearly_older(other->oldest, victim->oldest, now))) victim = other;
    if (victim == nullptr) return false;
    take_from(*victim, now);
  }
  return true;
}

// A full cache has no room for the index by itself, and long chains would stay.
void Shard::grow_index(Seconds now) {
  if (make_room(index_.bytes_to_grow(), nullptr, now)) index_.grow();
}

Shard::List* Shard::oldest_list(const List* but) {
  List* found = nullptr;
  for (std::size_t i = 0; i < lists(); ++i) {
    auto& list = lists_[i];
    if (&list == but || list.oldest == nullptr) continue;
    if (found == nullptr || list.oldest->accessed < found->oldest->accessed ||
        (list.oldest->accessed == found->oldest->accessed && list.oldest->cas < found->oldest->cas)) {
      found = &list;
    }
  }
  return found;
}

// By a quarter of its age, so that two sizes do not take pages from each other in turn. Within a second or so, items
// stored since tell the age.
bool Shard::clearly_older(const Item* item, const Item* other, Seconds now) const {
  const auto age = item->age(now);
  const auto other_age = other->age(now);
  if (age > other_age + other_age / 4 + 1) return true;
  if (other_age > age + 1) return false;
  return last_cas_ - item->cas > 2 * (last_cas_ - other->cas);
}

// Makes the old end of a list give memory back: a large value, or a page.
void Shard::take_from(List& list, Seconds now) {
  if (&list == &lists_[large_list()]) {
    evict_oldest(list, now);
  } else {
    evict_page(Slabs::page_of(list.oldest), now);
  }
}

void Shard::evict_oldest(List& list, Seconds now) {
  auto* item = list.oldest;
  for (int chances = 0; chances < most_second_chances && item->is(Item::used) && !is_dead(item, now); ++chances) {
    item->clear(Item::used);
    if (item == list.newest) break;
    unlink(item);
    push_newest(item);
    item = list.oldest;
  }
  evict(item, now);
}

void Shard::evict_page(Slabs::Page* page, Seconds now) {
  const auto block_size = slabs_.block_size(page->size_class);
  for (std::uint32_t i = 0, left = page->used; left > 0; ++i) {
    auto* item = reinterpret_cast<Item*>(page->blocks() + i * block_size);
    if (!item->is(Item::live)) continue;
    --left;  // with the last one the page is gone
    evict(item, now);
  }
}

void Shard::evict(Item* item, Seconds now) {
  const bool unfetched = !item->is(Item::fetched);
  if (is_dead(item, now)) {
    ++counters.reclaimed;
    if (unfetched) ++counters.expired_unfetched;
  } else {
    ++counters.evictions;
    ++list_of(item).evictions;
    if (unfetched) ++counters.evicted_unfetched;
  }
  remove(item);
}

void Shard::sweep(std::size_t pages, Seconds now) {
  begin_due_flush(now);
  for (; pages > 0 && (mortal_ > 0 || flushed_pages_ > 0) && !slabs_.pages().empty(); --pages) {
    if (flushed_pages_ > 0) --flushed_pages_;
    if (sweep_page_ >= slabs_.pages().size()) sweep_page_ = 0;
    const auto count = slabs_.pages().size();
    auto* page = slabs_.pages()[sweep_page_];
    const auto block_size = slabs_.block_size(page->size_class);
    for (std::uint32_t i = 0, left = page->used; left > 0; ++i) {
      auto* item = reinterpret_cast<Item*>(page->blocks() + i * block_size);
      if (!item->is(Item::live)) continue;
      --left;
      ++counters.crawler_items_checked;
      if (!is_dead(item, now)) continue;
      ++counters.crawler_reclaimed;
      if (!item->is(Item::fetched)) ++counters.expired_unfetched;
      remove(item);
    }
    if (slabs_.pages().size() == count) ++sweep_page_;  // else another page has come into its place
  }
}

}  // namespace cache
