#include "log.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace cache {

void Log::set_verbosity(int verbosity) {
  verbosity = std::min(verbosity, most_);
  verbosity_.store(verbosity, std::memory_order_relaxed);
  set_level(level_of(verbosity));
}

void Log::command(eddy::Id from, const eddy::memcache::Command& command) const {
  using eddy::memcache::Verb;
  if (verbosity() < 2) return;
  const auto text = command.verb == Verb::error ? command.error : eddy::memcache::name_of(command.verb);
  const bool has_key = eddy::memcache::has_key(command.verb);
  write(cli::LogLevel::debug,
        fmt::format("{} {}{}{}", from.slot, text, has_key ? " " : "", has_key ? command.key : std::string_view()));
}

}  // namespace cache
