#include "reactor/block.h"

#include <new>
#include <utility>

namespace eddy {
namespace {

std::size_t footprint(const Block& block) { return sizeof(Block) + block.capacity; }

void destroy(Block* block) {
  block->~Block();
  ::operator delete(block);
}

}  // namespace

BlockPool::~BlockPool() {
  for (auto* stock : {&buffers_, &references_}) {
    while (stock->first != nullptr) destroy(std::exchange(stock->first, stock->first->next));
  }
}

Block* BlockPool::take_from(Stock& stock, std::size_t capacity) {
  Block* block = stock.first;
  if (block != nullptr && block->capacity >= capacity) {
    stock.first = std::exchange(block->next, nullptr);
    --stock.count;
  } else {
    block = ::new (::operator new(sizeof(Block) + capacity)) Block;
    block->capacity = capacity;
  }
  in_use_ += footprint(*block);
  return block;
}

Block* BlockPool::take(std::size_t capacity) {
  return take_from(buffers_, capacity < pooled_capacity ? pooled_capacity : capacity);
}

Block* BlockPool::take(SharedBytes payload) {
  auto* block = take_from(references_, 0);
  block->end = payload.size();
  block->shared = std::move(payload);
  return block;
}

void BlockPool::give_back(Block* block) {
  in_use_ -= footprint(*block);
  auto& stock = block->capacity == 0 ? references_ : buffers_;
  if (block->capacity > pooled_capacity || stock.count >= most_kept) {
    destroy(block);
    return;
  }
  block->shared = {};
  block->begin = block->end = 0;
  block->next = std::exchange(stock.first, block);
  ++stock.count;
}

}  // namespace eddy
