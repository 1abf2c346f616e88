#include "memory.h"

#include <sys/mman.h>

#include <cstdint>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace cache {
namespace {

std::byte* map(std::size_t size) {
  auto* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

std::size_t past_alignment(const std::byte* memory, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(memory) % alignment;
}

}  // namespace

void* map_memory(std::size_t size, std::size_t alignment) {
  auto* memory = map(size);
  if (memory == nullptr || past_alignment(memory, alignment) == 0) return memory;
  // More than that, then, less what is too much. Mappings lie side by side, so the next one is aligned by itself.
  unmap_memory(memory, size);
  memory = map(size + alignment);
  if (memory == nullptr) return nullptr;
  const auto before = (alignment - past_alignment(memory, alignment)) % alignment;
  if (before > 0) unmap_memory(memory, before);
  if (before < alignment) unmap_memory(memory + before + size, alignment - before);
  return memory + before;
}

void unmap_memory(void* memory, std::size_t size) {
  // A process may have so many mappings and no more (vm.max_map_count), and a hole makes one into two: then the address
  // is lost, but not the memory.
  if (::munmap(memory, size) != 0) ::madvise(memory, size, MADV_DONTNEED);
}

// glibc raises its threshold with the largest block that was freed, and keeps what lies below in its arenas. Setting it
// once stops that (mallopt(3)). So many and no more, as Linux lets a process have 65,530 mappings (vm.max_map_count)
// and glibc loses what it then cannot unmap.
void map_large_allocations() {
#if defined(__GLIBC__)
  ::mallopt(M_MMAP_THRESHOLD, 32'000);
  ::mallopt(M_MMAP_MAX, 50'000);
#endif
}

}  // namespace cache
