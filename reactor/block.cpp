#include "reactor/block.h"

#include <new>
#include <utility>

namespace eddy {
namespace {

void destroy(Block* block) {
  block->~Block();
  ::operator delete(block);
}

}  // namespace

BlockPool::~BlockPool() {
  for (auto* stock : {&references_, &small_, &large_}) {
    while (stock->first != nullptr) destroy(std::exchange(stock->first, stock->first->next));
  }
}

Block* BlockPool::make(std::size_t capacity) {
  Block* block = ::new (::operator new(sizeof(Block) + capacity)) Block;
  block->capacity = capacity;
  in_use_ += footprint(*block);
  return block;
}

Block* BlockPool::take_from(Stock& stock) {
  Block* block = stock.first;
  if (block == nullptr) return make(stock.capacity);
  stock.first = std::exchange(block->next, nullptr);
  --stock.count;
  in_use_ += footprint(*block);
  return block;
}

Block* BlockPool::take(std::size_t capacity) {
  if (capacity <= small_capacity) return take_from(small_);
  return capacity <= large_capacity ? take_from(large_) : make(capacity);
}

Block* BlockPool::take(SharedBytes payload) {
  count_reference(payload);
  Block* block = nullptr;
  try {
    block = take_from(references_);
  } catch (...) {
    drop_reference(payload);
    throw;
  }
  block->end = payload.size();
  block->shared = std::move(payload);
  return block;
}

BlockPool::Payloads::value_type* BlockPool::find(const SharedBytes& payload) {
  const auto* key = payload.bytes().data();
  if (last_ != nullptr && last_->first == key) return last_;
  const auto known = payloads_.find(key);
  if (known == payloads_.end()) return nullptr;
  return last_ = &*known;
}

void BlockPool::count_reference(const SharedBytes& payload) {
  if (auto* known = find(payload)) {
    ++known->second;
    return;
  }
  const auto* key = payload.bytes().data();
  if (spares_.empty()) {
    payloads_.emplace(key, 1);
  } else {
    auto node = std::move(spares_.back());
    spares_.pop_back();
    node.key() = key;
    node.mapped() = 1;
    payloads_.insert(std::move(node));
  }
  in_use_ += payload.size();
}

void BlockPool::drop_reference(const SharedBytes& payload) {
  if (--find(payload)->second > 0) return;
  in_use_ -= payload.size();
  last_ = nullptr;
  auto node = payloads_.extract(payload.bytes().data());
  if (spares_.size() < most_spares) spares_.push_back(std::move(node));
}

void BlockPool::give_back(Block* block) {
  in_use_ -= footprint(*block);
  if (block->shared) drop_reference(block->shared);
  if (block->capacity > large_capacity) return destroy(block);
  auto& stock = block->capacity == 0 ? references_ : block->capacity == small_capacity ? small_ : large_;
  if (stock.count >= stock.most) return destroy(block);
  block->shared = {};
  block->begin = block->end = 0;
  block->next = std::exchange(stock.first, block);
  ++stock.count;
}

}  // namespace eddy
