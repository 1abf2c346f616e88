#include "error_counts.h"

namespace load {

void count(ErrorCounts& counts, const std::string& kind) {
  const bool known = counts.find(kind) != counts.end();
  ++counts[known || counts.size() < most_kinds ? kind : "other errors"];
}

std::uint64_t total(const ErrorCounts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : counts) sum += count;
  return sum;
}

}  // namespace load
