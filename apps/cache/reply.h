// Reply: the answers to a batch of commands, put together in one piece of memory that is used again for the next.
#pragma once

#include <reactor/bytes.h>
#include <reactor/shared_bytes.h>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace cache {

class Reply {
 public:
  Reply() = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  virtual ~Reply() = default;

  Reply& operator<<(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  Reply& operator<<(char letter) {
    *room(1) = letter;
    ++size_;
    return *this;
  }
  template <class Number>
  requires(std::integral<Number> && !std::same_as<Number, char> && !std::same_as<Number, bool>) Reply& operator<<(
      Number number) {
    static constexpr std::size_t digits = 20;
    auto* begin = room(digits);
    size_ += static_cast<std::size_t>(std::to_chars(begin, begin + digits, number).ptr - begin);
    return *this;
  }

  // A large payload: where it can be sent without a copy, it is.
  virtual void append(const eddy::SharedBytes& payload) { *this << payload.bytes().text(); }

  std::size_t size() const { return size_; }
  eddy::Bytes bytes() const { return {memory_.get(), size_}; }
  void shorten(std::size_t size) { size_ = size; }
  // Keeps the memory, unless it is more than answers usually take.
  void clear();

 private:
  // Where the next `count` bytes go.
  char* room(std::size_t count) {
    if (capacity_ - size_ < count) grow(count);
    return memory_.get() + size_;
  }
  void grow(std::size_t count);

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cache
