#include "reactor/output_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace eddy {

void OutputQueue::push(Block* block) {
  if (tail_ == nullptr) {
    head_ = block;
  } else {
    tail_->next = block;
  }
  tail_ = block;
}

void OutputQueue::append(Bytes data, BlockPool& pool) {
  while (!data.empty()) {
    // After the first block there is more to come, most likely.
    if (tail_ == nullptr) push(pool.take(data.size()));
    if (tail_->room() == 0) push(pool.take(std::max(data.size(), BlockPool::large_capacity)));
    const auto part = data.first(tail_->room());
    std::memcpy(tail_->storage() + tail_->end, part.data(), part.size());
    tail_->end += part.size();
    size_ += part.size();
    data = data.without_first(part.size());
  }
}

void OutputQueue::append(SharedBytes payload, std::size_t skip, BlockPool& pool) {
  if (payload.size() <= skip) return;
  auto* block = pool.take(std::move(payload));
  block->begin = skip;
  size_ += block->size();
  push(block);
}

void OutputQueue::append(Bytes data, std::span<OwnedDescriptor> descriptors, BlockPool& pool) {
  auto attached = std::make_unique<std::vector<OwnedDescriptor>>(descriptors.size());
  auto* block = pool.take(data.size());
  std::memcpy(block->storage(), data.data(), data.size());
  block->end = data.size();
  size_ += data.size();
  std::move(descriptors.begin(), descriptors.end(), attached->begin());
  block->attached = std::move(attached);
  push(block);
}

std::size_t OutputQueue::gather(std::span<Bytes> pieces) const {
  std::size_t used = 0;
  for (const auto* block = head_; block != nullptr && used < pieces.size(); block = block->next) {
    if (block->attached != nullptr && used > 0) break;
    pieces[used++] = block->content();
  }
  return used;
}

void OutputQueue::consume(std::size_t count, BlockPool& pool) {
  count = std::min(count, size_);
  size_ -= count;
  while (count > 0) {
    const auto here = std::min(count, head_->size());
    head_->attached.reset();
    head_->begin += here;
    count -= here;
    if (head_->size() > 0) return;
    pool.give_back(std::exchange(head_, head_->next));
    if (head_ == nullptr) tail_ = nullptr;
  }
}

}  // namespace eddy
