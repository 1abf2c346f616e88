// Names that all have one std::hash of libstdc++ on 64 bits (MurmurHash64A with a known seed): what a server that
// keeps names in an std::unordered_map without a secret looks through one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace attack {

// The hash itself, to see that the names are what they should be.
std::uint64_t known_hash(std::string_view text);

class Collisions {
 public:
  // Names begin with `prefix`, are `length` long (24 to 64, a multiple of 8) and are made of `alphabet`. `seed` decides
  // which names come, and none of them which hash they have.
  Collisions(std::string_view prefix, std::size_t length, std::string_view alphabet, std::uint64_t seed);

  std::string next();

 private:
  std::string prefix_;
  std::size_t length_;
  std::string alphabet_;
  bool allowed_[256] = {};
  std::mt19937_64 random_;
};

// Letters and digits that no server's comparing of names without case changes.
inline constexpr std::string_view plain_characters = "abcdefghijklmnopqrstuvwxyz0123456789";
// These characters may stand in channel names and keys: all that is printable but comma, colon and what has two cases
// in IRC; and what is not ASCII.
std::string wide_alphabet();

}  // namespace attack
