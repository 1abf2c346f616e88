// SharedBytes: an immutable payload with a count of owners. Queued by reference: a broadcast to N connections, on one
// loop or on several, holds the bytes once (contract 6). Copying one is an atomic increment; any thread may hold one.
#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <utility>

#include "reactor/bytes.h"
#include "reactor/lifetime.h"

namespace eddy {

class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(Bytes content);                        // copies once
  explicit SharedBytes(std::initializer_list<Bytes> pieces);  // one after the other; copies each once

  SharedBytes(const SharedBytes& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBytes() { release(); }

  Bytes bytes() const EDDY_LIFETIMEBOUND { return block_ == nullptr ? Bytes() : Bytes(block_ + 1, block_->size); }
  std::size_t size() const { return block_ == nullptr ? 0 : block_->size; }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  struct Block {  // the content follows
    std::atomic<std::size_t> owners;
    std::size_t size;
  };
  void release() noexcept;

  Block* block_ = nullptr;
};

}  // namespace eddy
