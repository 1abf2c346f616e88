// Block: a piece of memory that holds queued output or kept input, and BlockPool, the loop's stock of them.
//
// An idle connection owns no block. A busy one takes 4 KiB blocks from the pool's free list, so steady traffic
// allocates nothing; larger ones come from the heap and go back to it. The pool keeps a bounded stock, the rest is
// freed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reactor/bytes.h"
#include "reactor/shared_bytes.h"

namespace eddy {

struct Block {
  Block* next = nullptr;
  std::size_t capacity = 0;  // of the bytes that follow this header; 0 when `shared` is what the block holds
  std::size_t begin = 0;     // content is [begin, end)
  std::size_t end = 0;
  SharedBytes shared;

  std::byte* storage() { return reinterpret_cast<std::byte*>(this + 1); }
  Bytes content() const {
    const auto* base = shared ? shared.bytes().data() : reinterpret_cast<const std::byte*>(this + 1);
    return {base + begin, end - begin};
  }
  std::size_t size() const { return end - begin; }
  std::size_t room() const { return shared ? 0 : capacity - end; }
};

class BlockPool {
 public:
  static constexpr std::size_t pooled_capacity = 4096 - sizeof(Block);
  static constexpr std::size_t most_kept = 256;  // of each kind: 1 MiB of buffers

  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  // An empty block with room for at least `capacity` bytes.
  Block* take(std::size_t capacity);
  // A block that refers to `payload`.
  Block* take(SharedBytes payload);
  void give_back(Block* block);

  // Bytes of all blocks that are out.
  std::size_t in_use() const { return in_use_; }

 private:
  struct Stock {
    Block* first = nullptr;
    std::size_t count = 0;
  };
  Block* take_from(Stock& stock, std::size_t capacity);

  Stock buffers_;     // of pooled_capacity
  Stock references_;  // of capacity 0, for shared payloads
  std::size_t in_use_ = 0;
};

}  // namespace eddy
