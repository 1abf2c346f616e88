#include "collisions.h"

#include <cstring>

namespace attack {
namespace {

constexpr std::uint64_t multiplier = 0xc6a4a7935bd1e995;
constexpr std::uint64_t known_seed = 0xc70f6907;
constexpr std::uint64_t common_state = 0x6564647965646479;  // that every name leads to, before the last steps
constexpr int shift = 47;
constexpr std::size_t block = 8;

// Newton's way: each step doubles the number of right bits, beginning with three.
constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  auto inverse = odd;
  for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
  return inverse;
}
constexpr std::uint64_t inverse = inverse_of(multiplier);
static_assert(multiplier * inverse == 1);

std::uint64_t mixed(std::uint64_t value) {
  value *= multiplier;
  value ^= value >> shift;
  return value * multiplier;
}

std::uint64_t unmixed(std::uint64_t value) {
  value *= inverse;
  value ^= value >> shift;  // is its own inverse: the shift is more than half
  return value * inverse;
}

std::uint64_t block_at(std::string_view text, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, text.data() + at, block);
  return value;
}

// After all blocks of `text`, of which there are only whole ones.
std::uint64_t state_after(std::string_view text, std::size_t whole_length) {
  auto state = known_seed ^ (whole_length * multiplier);
  for (std::size_t at = 0; at < text.size(); at += block) state = (state ^ mixed(block_at(text, at))) * multiplier;
  return state;
}

}  // namespace

std::uint64_t known_hash(std::string_view text) {
  auto hash = state_after(text, text.size());
  hash ^= hash >> shift;
  hash *= multiplier;
  return hash ^ hash >> shift;
}

Collisions::Collisions(std::string_view prefix, std::size_t length, std::string_view alphabet, std::uint64_t seed)
    : prefix_(prefix), length_(length), alphabet_(alphabet), random_(seed) {
  for (const char each : alphabet_) allowed_[static_cast<unsigned char>(each)] = true;
}

// The last block is computed from those before it; whether all its bytes are allowed is luck.
std::string Collisions::next() {
  while (true) {
    auto name = prefix_;
    while (name.size() < length_ - block) name.push_back(alphabet_[random_() % alphabet_.size()]);
    const auto last = unmixed(state_after(name, length_) ^ (common_state * inverse));
    char bytes[block];
    std::memcpy(bytes, &last, block);
    bool all = true;
    for (const char each : bytes) all = all && allowed_[static_cast<unsigned char>(each)];
    if (all) return name.append(bytes, block);
  }
}

std::string wide_alphabet() {
  constexpr std::string_view left_out = ",:[]\\^{}|~";
  std::string result;
  for (int each = 0x21; each < 0x100; ++each) {
    const auto character = static_cast<char>(each);
    const bool upper = character >= 'A' && character <= 'Z';
    if (each != 0x7f && !upper && left_out.find(character) == std::string_view::npos) result.push_back(character);
  }
  return result;
}

}  // namespace attack
