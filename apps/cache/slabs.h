// Slabs: memory in blocks of about a hundred sizes, cut from pages. A page holds blocks of one size; one that is all
// free can become one of another size, or go back to the system. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cache {

class Slabs {
 public:
  static constexpr std::size_t page_size = 256 * 1024;
  static constexpr std::size_t largest_block = page_size / 8 - 8;

  // Up to 256 bytes there is every multiple of 8; then each size is a sixteenth larger than the one before.
  static constexpr std::size_t smallest_block = 64;
  static constexpr std::size_t most_fine = 256;
  static constexpr std::size_t most_sizes = 128;

  struct Page {
    Page* next;  // among those of its size that have a free block
    Page* before;
    void* free;           // blocks that were given back, each with a pointer to the next
    std::uint32_t fresh;  // blocks from here on were never taken
    std::uint32_t used;
    std::uint32_t capacity;
    std::uint32_t size_class;
    std::uint32_t position;  // in pages()

    std::byte* blocks() { return reinterpret_cast<std::byte*>(this) + first_block; }
  };

  Slabs();
  Slabs(const Slabs&) = delete;
  Slabs& operator=(const Slabs&) = delete;
  ~Slabs();

  std::size_t size_classes() const { return count_; }
  std::size_t block_size(std::size_t size_class) const { return sizes_[size_class]; }
  // The one whose blocks have room for `size` bytes, which is at most largest_block.
  std::size_t size_class(std::size_t size) const { return class_of_[(size + 7) / 8]; }

  // Null when no page of this class has a free block.
  void* take(std::size_t size_class);
  // False when there is no memory for a page.
  bool add_page(std::size_t size_class);
  // A page without used blocks is kept as a spare; if there is one already, it goes back to the system.
  void give_back(void* block);
  bool has_spare() const { return spare_ != nullptr; }
  void release_spare();

  struct Use {
    std::size_t pages = 0;
    std::size_t blocks = 0;  // of them, taken ones
  };
  const Use& use(std::size_t size_class) const { return uses_[size_class]; }

  const std::vector<Page*>& pages() const { return pages_; }                                 // in use
  std::size_t bytes() const { return (pages_.size() + (has_spare() ? 1 : 0)) * page_size; }  // the spare too
  static Page* page_of(const void* block);
  std::size_t blocks_per_page(std::size_t size_class) const { return (page_size - first_block) / sizes_[size_class]; }

 private:
  static constexpr std::size_t first_block = 64;
  void link(Page* page);
  void unlink(Page* page);

  std::array<std::uint32_t, most_sizes> sizes_{};
  std::size_t count_ = 0;
  std::array<std::uint8_t, page_size / 8 / 8 + 1> class_of_{};  // by size in units of 8 bytes
  std::array<Page*, most_sizes> with_room_{};
  std::array<Use, most_sizes> uses_{};
  std::vector<Page*> pages_;
  Page* spare_ = nullptr;
};

}  // namespace cache
