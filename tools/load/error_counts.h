// How often what kind of error was met.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace load {

using ErrorCounts = std::map<std::string, std::uint64_t>;

// Counts one more of that kind. After so many different kinds new ones are counted together: the text may come from the
// network.
void count(ErrorCounts& counts, const std::string& kind);
inline constexpr std::size_t most_kinds = 20;

std::uint64_t total(const ErrorCounts& counts);

}  // namespace load
