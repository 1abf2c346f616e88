#include <windows.h>

#include <cstdint>

#include "memory.h"

namespace cache {

void* map_memory(std::size_t size, std::size_t alignment) {
  auto* memory = ::VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  // A part of a reservation cannot be given back: another thread may take the place in between.
  for (int attempt = 0; memory != nullptr && reinterpret_cast<std::uintptr_t>(memory) % alignment != 0; ++attempt) {
    unmap_memory(memory, size);
    if (attempt == 100) return nullptr;
    memory = ::VirtualAlloc(nullptr, size + alignment, MEM_RESERVE, PAGE_NOACCESS);
    if (memory == nullptr) return nullptr;
    unmap_memory(memory, size + alignment);
    const auto place = (reinterpret_cast<std::uintptr_t>(memory) + alignment - 1) / alignment * alignment;
    memory = ::VirtualAlloc(reinterpret_cast<void*>(place), size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (memory == nullptr) memory = ::VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  }
  return memory;
}

void unmap_memory(void* memory, std::size_t /*size*/) { ::VirtualFree(memory, 0, MEM_RELEASE); }

// The heap does so from 512 KiB on, and knows no other threshold.
void map_large_allocations() {}

}  // namespace cache
