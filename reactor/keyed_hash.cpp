#include "reactor/keyed_hash.h"

#include <cstring>
#include <random>

namespace eddy {
namespace {

// The two halves of the 128-bit product, one xor the other.
#ifdef __SIZEOF_INT128__
__extension__ using Wide = unsigned __int128;

std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
#else
// Processors of 32 bits have no such type.
std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t half = 0xffffffff;
  const auto low = (a & half) * (b & half);
  const auto crossed = (a >> 32) * (b & half) + (low >> 32);
  const auto other = (a & half) * (b >> 32) + (crossed & half);
  const auto high = (a >> 32) * (b >> 32) + (crossed >> 32) + (other >> 32);
  return (other << 32 | (low & half)) ^ high;
}
#endif

std::uint64_t word_at(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

std::uint64_t half_word_at(const char* at) {
  std::uint32_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

std::uint64_t random_word() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

}  // namespace

KeyedHash::KeyedHash() : KeyedHash(random_word(), random_word()) {}

std::uint64_t KeyedHash::operator()(std::string_view key) const {
  const auto* at = key.data();
  auto left = key.size();
  auto state = first_ ^ key.size();
  for (; left > 16; at += 16, left -= 16) {
    state = folded_product(word_at(at) ^ second_, word_at(at + 8) ^ state);
  }
  // The last words overlap where the rest is not a whole number of them.
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (left >= 8) {
    a = word_at(at);
    b = word_at(at + left - 8);
  } else if (left >= 4) {
    a = half_word_at(at);
    b = half_word_at(at + left - 4);
  } else if (left > 0) {
    a = static_cast<unsigned char>(at[0]) | std::uint64_t{static_cast<unsigned char>(at[left / 2])} << 8 |
        std::uint64_t{static_cast<unsigned char>(at[left - 1])} << 16;
  }
  return folded_product(folded_product(a ^ second_, b ^ state), second_ ^ first_);
}

const KeyedHash& process_hash() {
  static const KeyedHash hash;
  return hash;
}

}  // namespace eddy
