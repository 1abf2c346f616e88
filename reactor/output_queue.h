// OutputQueue: bytes that a connection has accepted and the system has not taken yet, in order. Copied bytes and shared
// payloads mix. The driver reads it with gather() and shortens it with consume().
#pragma once

#include <cstddef>
#include <span>

#include "reactor/block.h"
#include "reactor/bytes.h"

namespace eddy {

class OutputQueue {
 public:
  OutputQueue() = default;
  OutputQueue(const OutputQueue&) = delete;
  OutputQueue& operator=(const OutputQueue&) = delete;
  // The owner calls clear() first: the queue does not know its pool.
  ~OutputQueue() = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void append(Bytes data, BlockPool& pool);                             // copies
  void append(SharedBytes payload, std::size_t skip, BlockPool& pool);  // refers to it, without its first `skip` bytes

  // Fills `pieces` from the front and answers how many it used.
  std::size_t gather(std::span<Bytes> pieces) const;
  // Drops `count` bytes (at most size()) from the front.
  void consume(std::size_t count, BlockPool& pool);
  void clear(BlockPool& pool) { consume(size_, pool); }

 private:
  void push(Block* block);

  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace eddy
