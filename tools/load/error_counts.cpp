#include "error_counts.h"

namespace load {

std::uint64_t total(const ErrorCounts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : counts) sum += count;
  return sum;
}

}  // namespace load
