#include "slabs.h"

#include <algorithm>
#include <new>

#include "memory.h"

namespace cache {
namespace {

void free_page(Slabs::Page* page) { unmap_memory(page, Slabs::page_size); }

}  // namespace

Slabs::Slabs() {
  static_assert(sizeof(Page) <= first_block);
  for (std::size_t size = smallest_block; size < largest_block;) {
    sizes_[count_++] = static_cast<std::uint32_t>(size);
    size = size < most_fine ? size + 8 : (size * 17 / 16 + 7) & ~std::size_t{7};
  }
  sizes_[count_++] = static_cast<std::uint32_t>(largest_block);
  std::size_t size_class = 0;
  for (std::size_t i = 0; i < class_of_.size(); ++i) {
    while (size_class + 1 < count_ && sizes_[size_class] < i * 8) ++size_class;
    class_of_[i] = static_cast<std::uint8_t>(size_class);
  }
}

Slabs::~Slabs() {
  for (auto* page : pages_) free_page(page);
  release_spare();
}

Slabs::Page* Slabs::page_of(const void* block) {
  const auto past_begin = reinterpret_cast<std::uintptr_t>(block) % page_size;
  return reinterpret_cast<Page*>(static_cast<std::byte*>(const_cast<void*>(block)) - past_begin);
}

void Slabs::link(Page* page) {
  auto*& first = with_room_[page->size_class];
  page->before = nullptr;
  page->next = first;
  if (first != nullptr) first->before = page;
  first = page;
}

void Slabs::unlink(Page* page) {
  if (page->before != nullptr) {
    page->before->next = page->next;
  } else {
    with_room_[page->size_class] = page->next;
  }
  if (page->next != nullptr) page->next->before = page->before;
}

bool Slabs::add_page(std::size_t size_class) {
  try {
    pages_.push_back(nullptr);
  } catch (const std::bad_alloc&) {
    return false;
  }
  // A page starts at a multiple of its size, so the page of a block is found from its address.
  if (spare_ == nullptr) spare_ = static_cast<Page*>(map_memory(page_size, page_size));
  if (spare_ == nullptr) {
    pages_.pop_back();
    return false;
  }
  auto* page = ::new (spare_) Page{.next = nullptr,
                                   .before = nullptr,
                                   .free = nullptr,
                                   .fresh = 0,
                                   .used = 0,
                                   .capacity = static_cast<std::uint32_t>(blocks_per_page(size_class)),
                                   .size_class = static_cast<std::uint32_t>(size_class),
                                   .position = static_cast<std::uint32_t>(pages_.size() - 1)};
  spare_ = nullptr;
  pages_.back() = page;
  ++uses_[size_class].pages;
  link(page);
  return true;
}

void* Slabs::take(std::size_t size_class) {
  auto* page = with_room_[size_class];
  if (page == nullptr) return nullptr;
  void* block = page->free;
  if (block != nullptr) {
    page->free = *static_cast<void**>(block);
  } else {
    block = page->blocks() + std::size_t{page->fresh++} * sizes_[size_class];
  }
  ++uses_[size_class].blocks;
  if (++page->used == page->capacity) unlink(page);
  return block;
}

void Slabs::give_back(void* block) {
  auto* page = page_of(block);
  --uses_[page->size_class].blocks;
  if (page->used-- == page->capacity) link(page);
  *static_cast<void**>(block) = page->free;
  page->free = block;
  if (page->used > 0) return;
  --uses_[page->size_class].pages;
  unlink(page);
  pages_[page->position] = pages_.back();
  pages_[page->position]->position = page->position;
  pages_.pop_back();
  if (spare_ != nullptr) return free_page(page);
  spare_ = page;
}

void Slabs::release_spare() {
  if (spare_ != nullptr) free_page(spare_);
  spare_ = nullptr;
}

}  // namespace cache
