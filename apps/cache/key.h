// Key: a key and its hash, computed once for each command.
#pragma once

#include <cstdint>
#include <string_view>

namespace cache {

struct Key {
  std::string_view text;
  std::uint64_t hash;
};

}  // namespace cache
