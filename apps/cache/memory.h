// Memory straight from the system, which has it back at once: what a heap does with freed memory has no bound.
#pragma once

#include <cstddef>

namespace cache {

inline constexpr std::size_t system_page = 4096;  // at least, and nearly everywhere

// `size` zeroed bytes at a multiple of `alignment`; both are powers of two and at least 4 KiB. Null when there are
// none.
void* map_memory(std::size_t size, std::size_t alignment);
void unmap_memory(void* memory, std::size_t size);

// Asks the heap to take allocations of 32,000 bytes and more from the system, and to give them back, where it would do
// otherwise. For the whole process; before its second thread.
void map_large_allocations();

// What such an allocation of `size` bytes takes.
constexpr std::size_t mapped_size(std::size_t size) {
  constexpr std::size_t header = 16;
  return (size + header + system_page - 1) / system_page * system_page;
}

}  // namespace cache
