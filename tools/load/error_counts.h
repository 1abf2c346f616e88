// How often what kind of error was met.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace load {

using ErrorCounts = std::map<std::string, std::uint64_t>;

std::uint64_t total(const ErrorCounts& counts);

}  // namespace load
