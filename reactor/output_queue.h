// OutputQueue: bytes that a connection has accepted and the system has not taken yet, in order. Copied bytes, shared
// payloads and bytes with descriptors mix. The driver reads it with gather() and shortens it with consume().
#pragma once

#include <cstddef>
#include <span>

#include "reactor/block.h"
#include "reactor/bytes.h"
#include "reactor/owned_socket.h"

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
  // Copies `data`, at least a byte, and takes the descriptors, which go with its first byte. When it throws it has
  // changed nothing.
  void append(Bytes data, std::span<OwnedDescriptor> descriptors, BlockPool& pool);

  // What is to be sent together with the first byte.
  std::span<const OwnedDescriptor> attached() const {
    if (head_ == nullptr || head_->attached == nullptr) return {};
    return *head_->attached;
  }
  // Fills `pieces` from the front and answers how many it used. Stops before a byte that other descriptors go with.
  std::size_t gather(std::span<Bytes> pieces) const;
  // Drops `count` bytes (at most size()) from the front, and closes what was attached to them.
  void consume(std::size_t count, BlockPool& pool);
  void clear(BlockPool& pool) { consume(size_, pool); }

 private:
  void push(Block* block);

  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace eddy
