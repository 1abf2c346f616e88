#include "allocations.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};
std::atomic<std::uint64_t> left_to_failure{0};  // 0: none is to fail
std::atomic<bool> has_failed{false};

void* allocate(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  if (left_to_failure.load(std::memory_order_relaxed) > 0 && left_to_failure.fetch_sub(1) == 1) {
    has_failed = true;
    throw std::bad_alloc();
  }
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// Aligned allocations free differently on each system; here the block's own start stands before what is handed out.
void* allocate_aligned(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);  // a power of two, and at least a pointer's
  auto* const block = static_cast<std::byte*>(allocate(size + sizeof(void*) + align));
  const auto after = reinterpret_cast<std::uintptr_t>(block) + sizeof(void*);
  void** const memory = reinterpret_cast<void**>(block + sizeof(void*) + (align - after % align) % align);
  memory[-1] = block;
  return memory;
}

void free_aligned(void* memory) {
  if (memory != nullptr) std::free(static_cast<void**>(memory)[-1]);
}

}  // namespace

namespace eddy::test {

FailingAllocation::FailingAllocation(std::uint64_t which) {
  has_failed = false;
  left_to_failure = which;
}
FailingAllocation::~FailingAllocation() { end(); }
void FailingAllocation::end() { left_to_failure = 0; }
bool FailingAllocation::failed() const { return has_failed; }

std::uint64_t allocations() { return count.load(std::memory_order_relaxed); }

}  // namespace eddy::test

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate_aligned(size, alignment); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate_aligned(size, alignment); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { free_aligned(memory); }
void operator delete[](void* memory, std::align_val_t /*alignment*/) noexcept { free_aligned(memory); }
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  free_aligned(memory);
}
void operator delete[](void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  free_aligned(memory);
}
