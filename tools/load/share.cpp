#include "share.h"

#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <stdexcept>

namespace load {

Share parse_shard(std::string_view text) {
  const auto slash = text.find('/');
  try {
    if (slash != std::string_view::npos) {
      const auto number = cli::parse_count(text.substr(0, slash));
      const auto of = cli::parse_count(text.substr(slash + 1));
      if (number <= of && of <= most_shards) return {number - 1, of};
    }
  } catch (const std::invalid_argument&) {
    // What was expected is said for the whole.
  }
  throw std::invalid_argument(
      fmt::format("expected NUMBER/OF, such as 1/8 for the first of eight, of at most {}", most_shards));
}

std::string to_string(Share shard) { return fmt::format("{}/{}", shard.index + 1, shard.of); }

}  // namespace load
