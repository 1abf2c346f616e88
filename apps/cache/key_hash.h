// KeyHash: where a key belongs. Multiplies 64-bit words of the key, each mixed with a secret, to 128 bits and folds the
// halves together, as wyhash and its kin do: a few cycles for 16 bytes, every bit of the input in every bit of the
// result. The secrets are drawn at random at each start, so that nobody can prepare keys that collide.
#pragma once

#include <cstdint>
#include <string_view>

namespace cache {

class KeyHash {
 public:
  KeyHash();  // with secrets from std::random_device
  KeyHash(std::uint64_t first_secret, std::uint64_t second_secret) : first_(first_secret), second_(second_secret | 1) {}

  std::uint64_t operator()(std::string_view key) const;

 private:
  std::uint64_t first_;
  std::uint64_t second_;
};

// A key and its hash, computed once for each command.
struct Key {
  std::string_view text;
  std::uint64_t hash;
};

}  // namespace cache
