// KeyedHash: a hash for maps whose keys come from the network. Multiplies 64-bit words of the key, each mixed with a
// secret, to 128 bits and folds the halves together, as wyhash and its kin do: a few cycles for 16 bytes, every bit of
// the input in every bit of the result. Each KeyedHash draws its secrets at random, so that nobody can prepare keys
// that collide and make a map slow:
//
//   std::unordered_map<std::string, User, eddy::KeyedHash, std::equal_to<>> users;   // finds by string_view, too
//
// Copies have the same secrets. Any thread may use one.
#pragma once

#include <cstdint>
#include <string_view>

namespace eddy {

class KeyedHash {
 public:
  using is_transparent = void;  // for std::unordered_map: what converts to std::string_view needs no copy

  KeyedHash();  // with secrets from std::random_device
  KeyedHash(std::uint64_t first_secret, std::uint64_t second_secret)
      : first_(first_secret), second_(second_secret | 1) {}

  std::uint64_t operator()(std::string_view key) const;

 private:
  std::uint64_t first_;
  std::uint64_t second_;
};

// The one whose secrets are the process's: drawn by the first call. For std::hash, which has no state of its own.
const KeyedHash& process_hash();

}  // namespace eddy
