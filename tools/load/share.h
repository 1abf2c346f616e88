// Share: a part of what is dealt out in turn among several: loops of a process, processes of a fleet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace load {

// The items index, index + of, index + 2 of, and so on.
struct Share {
  std::size_t index = 0;
  std::size_t of = 1;

  std::uint64_t count(std::uint64_t all) const { return (all + of - 1 - index) / of; }
  std::uint64_t item(std::uint64_t number) const { return number * of + index; }

  // The part `index` of `of` parts of this one.
  Share part(std::size_t index_in_it, std::size_t parts) const { return {index_in_it * of + index, parts * of}; }

  friend bool operator==(const Share&, const Share&) = default;
};

inline constexpr std::size_t most_shards = 100'000;

// "3/8", the third of eight; throws std::invalid_argument that says what was expected.
Share parse_shard(std::string_view text);
std::string to_string(Share shard);

}  // namespace load
