#include "reactor/shared_bytes.h"

#include <cstring>
#include <new>

namespace eddy {

SharedBytes::SharedBytes(Bytes content) : SharedBytes(std::initializer_list<Bytes>{content}) {}

SharedBytes::SharedBytes(std::initializer_list<Bytes> pieces) {
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.size();
  block_ = ::new (::operator new(sizeof(Block) + size)) Block{{1}, size};
  auto* end = reinterpret_cast<std::byte*>(block_ + 1);
  for (const auto& piece : pieces) {
    if (!piece.empty()) std::memcpy(end, piece.data(), piece.size());
    end += piece.size();
  }
}

void SharedBytes::release() noexcept {
  if (block_ == nullptr || block_->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block_->~Block();
  ::operator delete(block_);
}

}  // namespace eddy
