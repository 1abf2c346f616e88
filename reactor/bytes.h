// Bytes: a read-only view of somebody else's bytes. Cheap to copy; owns nothing.
#pragma once

#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

#include "reactor/lifetime.h"

namespace eddy {

// Copies of it refer to the same bytes, so that a temporary one may go.
template <class T>
concept Borrowed = std::is_pointer_v<T> || std::ranges::enable_borrowed_range<T>;

class Bytes;

template <class T>
concept ByteRange =
    std::ranges::contiguous_range<T> && !std::convertible_to<const T&, std::string_view> && !std::same_as<T, Bytes> &&
    sizeof(std::ranges::range_value_t<T>) == 1 && std::is_trivially_copyable_v<std::ranges::range_value_t<T>>;

class Bytes {
 public:
  constexpr Bytes() = default;
  Bytes(const void* data, std::size_t size) : data_(static_cast<const std::byte*>(data)), size_(size) {}

  // From anything that is read as text: a literal, std::string, std::string_view.
  template <class Text>
  requires(std::convertible_to<const Text&, std::string_view> && !Borrowed<Text>)
      Bytes(const Text& text EDDY_LIFETIMEBOUND)
      : Bytes(std::string_view(text).data(), std::string_view(text).size()) {}
  template <Borrowed Text>
  requires std::convertible_to<const Text&, std::string_view> Bytes(const Text& text)
      : Bytes(std::string_view(text).data(), std::string_view(text).size()) {}

  // From any contiguous run of one-byte values: std::span, std::vector<unsigned char>, std::array<std::byte, N>.
  template <ByteRange Range>
  requires(!Borrowed<Range>) Bytes(const Range& range EDDY_LIFETIMEBOUND)
      : Bytes(std::ranges::data(range), std::ranges::size(range)) {}
  template <ByteRange Range>
  requires Borrowed<Range> Bytes(const Range& range) : Bytes(std::ranges::data(range), std::ranges::size(range)) {}

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
