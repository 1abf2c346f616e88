// What eddy-load keeps in a cache: each byte of a value follows from the key's number, the value's version and its
// length. The version travels as the item's flags; so whoever reads a value can check it, whichever connection, run or
// machine wrote it. A value that was cut off, or is another key's, has other bytes.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "../stream_pattern.h"

namespace load {

struct CacheItem {
  std::uint64_t key = 0;
  std::uint32_t version = 0;
  std::size_t size = 0;  // of the value

  StreamPattern value() const { return {key << 30 | size, version}; }

  static constexpr std::uint64_t most_keys = std::uint64_t{1} << 34;  // key and size are a number of 64 bits
};

// The key's number, with zeros in front.
inline void append_key(std::string& out, std::uint64_t key, std::size_t size) {
  const fmt::format_int digits(key);
  out.append(size - digits.size(), '0').append(digits.data(), digits.size());
}

// The line before a value.
inline void append_set(std::string& out, const CacheItem& item, std::size_t key_size) {
  out += "set ";
  append_key(out, item.key, key_size);
  out.append(1, ' ').append(fmt::format_int(item.version).c_str());
  out.append(" 0 ").append(fmt::format_int(item.size).c_str()).append("\r\n");
}

}  // namespace load
