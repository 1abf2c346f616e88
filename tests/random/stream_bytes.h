// The bytes of a stream, so that each end knows what must come: first the key of the stream, 8 bytes, and then what
// follows from the key and the place.
#pragma once

#include <reactor/bytes.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace eddy::test {

using Key = std::uint64_t;

inline char byte_at(Key key, std::size_t place) {
  if (place < sizeof key) return static_cast<char>(key >> (8 * place));
  return static_cast<char>((key + place * 0x9E3779B97F4A7C15U) >> 40);
}

class SentBytes {
 public:
  explicit SentBytes(Key key) : key_(key) {}
  Key key() const { return key_; }
  std::size_t count() const { return count_; }
  // The next so many; they count when commit() says that they were taken.
  std::string next(std::size_t count) const {
    std::string bytes(count, ' ');
    for (std::size_t i = 0; i < count; ++i) bytes[i] = byte_at(key_, count_ + i);
    return bytes;
  }
  void commit(std::size_t count) { count_ += count; }

 private:
  Key key_;
  std::size_t count_ = 0;
};

class ReceivedBytes {
 public:
  std::size_t count() const { return count_; }
  bool knows_key() const { return count_ >= sizeof(Key); }
  Key key() const { return key_; }  // as far as it has come

  // Whether `offered`, of which none is consumed yet, is what must come next. Before the key is known it says nothing.
  bool fits(Bytes offered) const {
    Key key = key_;
    for (std::size_t i = 0; i < offered.size(); ++i) {
      const auto place = count_ + i;
      if (place < sizeof key) {
        key |= Key{std::to_integer<unsigned char>(offered[i])} << (8 * place);
      } else if (static_cast<char>(offered[i]) != byte_at(key, place)) {
        return false;
      }
    }
    return true;
  }
  void consume(Bytes consumed) {
    for (const auto byte : consumed) {
      if (count_ < sizeof key_) key_ |= Key{std::to_integer<unsigned char>(byte)} << (8 * count_);
      ++count_;
    }
  }

 private:
  Key key_ = 0;
  std::size_t count_ = 0;
};

}  // namespace eddy::test
