#include "reply.h"

#include <algorithm>

namespace cache {
namespace {

constexpr std::size_t usual_capacity = std::size_t{128} * 1024;

}  // namespace

void Reply::clear() {
  size_ = 0;
  if (capacity_ <= usual_capacity) return;
  memory_.reset();
  capacity_ = 0;
}

void Reply::grow(std::size_t count) {
  const auto capacity = std::max({usual_capacity, capacity_ * 2, size_ + count});
  std::unique_ptr<char[]> memory(new char[capacity]);
  if (size_ > 0) std::memcpy(memory.get(), memory_.get(), size_);
  memory_ = std::move(memory);
  capacity_ = capacity;
}

}  // namespace cache
