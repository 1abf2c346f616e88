// Bytes: a read-only view of somebody else's bytes. Cheap to copy; owns nothing.
#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

namespace eddy {

class Bytes {
 public:
  constexpr Bytes() = default;
  Bytes(const void* data, std::size_t size) : data_(static_cast<const std::byte*>(data)), size_(size) {}

  // From anything that is read as text: a literal, std::string, std::string_view.
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view> Bytes(const Text& text)
      : Bytes(std::string_view(text).data(), std::string_view(text).size()) {}

  // From any contiguous run of one-byte values: std::span, std::vector<unsigned char>, std::array<std::byte, N>.
  template <std::ranges::contiguous_range Range>
  requires(!std::convertible_to<const Range&, std::string_view> && !std::same_as<Range, Bytes> &&
           sizeof(std::ranges::range_value_t<Range>) == 1 &&
           std::is_trivially_copyable_v<std::ranges::range_value_t<Range>>) Bytes(const Range& range)
      : Bytes(std::ranges::data(range), std::ranges::size(range)) {}

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::byte* begin() const { return data_; }
  const std::byte* end() const { return data_ + size_; }
  std::byte operator[](std::size_t index) const { return data_[index]; }

  // The same bytes as text. No encoding is implied.
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

  // Both clamp to what is there.
  Bytes first(std::size_t count) const { return {data_, count < size_ ? count : size_}; }
  Bytes without_first(std::size_t count) const {
    return count < size_ ? Bytes(data_ + count, size_ - count) : Bytes(data_ + size_, 0);
  }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace eddy
