// Block: a piece of memory that holds queued output or kept input, and BlockPool, the loop's stock of them.
//
// An idle connection owns no block. A busy one takes small or large blocks from the pool's free lists, so steady
// traffic allocates nothing; still larger ones come from the heap and go back to it. The pool keeps a bounded stock,
// the rest is freed. Small ones are for the many connections of one turn that each have one short answer under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "reactor/bytes.h"
#include "reactor/owned_socket.h"
#include "reactor/shared_bytes.h"

namespace eddy {

struct Block {
  Block* next = nullptr;
  std::size_t capacity = 0;  // of the bytes that follow this header; 0 when `shared` is what the block holds
  std::size_t begin = 0;     // content is [begin, end)
  std::size_t end = 0;
  SharedBytes shared;
  std::unique_ptr<std::vector<OwnedDescriptor>> attached;  // to the first byte of the content

  std::byte* storage() { return reinterpret_cast<std::byte*>(this + 1); }
  Bytes content() const {
    const auto* base = shared ? shared.bytes().data() : reinterpret_cast<const std::byte*>(this + 1);
    return {base + begin, end - begin};
  }
  std::size_t size() const { return end - begin; }
  std::size_t room() const { return shared ? 0 : capacity - end; }
};

// The memory that it takes, without what it refers to.
inline std::size_t footprint(const Block& block) { return sizeof(Block) + block.capacity; }

class BlockPool {
 public:
  static constexpr std::size_t small_capacity = 512 - sizeof(Block);
  static constexpr std::size_t large_capacity = 4096 - sizeof(Block);
  static constexpr std::size_t most_small = 2048;  // kept: 1 MiB of each size
  static constexpr std::size_t most_large = 256;

  BlockPool() { spares_.reserve(most_spares); }
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  // An empty block with room for at least `capacity` bytes.
  Block* take(std::size_t capacity);
  // A block that refers to `payload`.
  Block* take(SharedBytes payload);
  void give_back(Block* block);

  // Bytes of all blocks that are out, and of the payloads that they refer to, each counted once.
  std::size_t in_use() const { return in_use_; }
  bool holds(const SharedBytes& payload) { return find(payload) != nullptr; }

 private:
  struct Stock {
    const std::size_t capacity;  // of each of its blocks
    const std::size_t most;      // kept
    Block* first = nullptr;
    std::size_t count = 0;
  };
  using Payloads = std::unordered_map<const std::byte*, std::size_t>;
  Block* take_from(Stock& stock);
  Block* make(std::size_t capacity);
  Payloads::value_type* find(const SharedBytes& payload);
  void count_reference(const SharedBytes& payload);
  void drop_reference(const SharedBytes& payload);

  Stock references_{0, 1024};  // to shared payloads
  Stock small_{small_capacity, most_small};
  Stock large_{large_capacity, most_large};
  Payloads payloads_;                     // how many blocks refer to each
  Payloads::value_type* last_ = nullptr;  // the one asked for last: that of a broadcast, again and again
  static constexpr std::size_t most_spares = 16;
  std::vector<Payloads::node_type> spares_;  // so that a broadcast need not allocate
  std::size_t in_use_ = 0;
};

}  // namespace eddy
