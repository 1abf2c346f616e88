// StreamPattern: the bytes that one connection sends, an endless stream that looks random and of which every byte can
// be computed from its offset alone. Neither what was sent nor a position has to be kept to check what comes back.
//
// The generator is SplitMix64 (Steele, Lea, Flood 2014) in counter mode: the 8 bytes at offset 8i are a mix of a key,
// which seed and connection give, and i.
#pragma once

#include <reactor/bytes.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace load {

class StreamPattern {
 public:
  StreamPattern(std::uint64_t seed, std::uint64_t connection);

  // Bytes 8 * index to 8 * index + 7, in the machine's order.
  std::uint64_t word(std::uint64_t index) const { return mix(key_ + (index + 1) * step); }

  std::byte at(std::uint64_t offset) const;

  // Writes the stream from `offset` on.
  void fill(std::uint64_t offset, std::span<std::byte> out) const;

  // Where in `in` the first byte is that differs from the stream from `offset` on; empty when none does.
  std::optional<std::size_t> mismatch(std::uint64_t offset, eddy::Bytes in) const;

 private:
  static constexpr std::uint64_t step = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio

  static constexpr std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
  }

  std::uint64_t key_;
};

}  // namespace load
