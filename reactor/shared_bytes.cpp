#include "reactor/shared_bytes.h"

#include <cstring>
#include <new>

namespace eddy {

SharedBytes::SharedBytes(Bytes content)
    : block_(::new (::operator new(sizeof(Block) + content.size())) Block{{1}, content.size()}) {
  if (!content.empty()) std::memcpy(static_cast<void*>(block_ + 1), content.data(), content.size());
}

void SharedBytes::release() noexcept {
  if (block_ == nullptr || block_->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block_->~Block();
  ::operator delete(block_);
}

}  // namespace eddy
