#include "log.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace cache {
namespace {

// Keys may hold what a terminal takes for orders.
std::string printable(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(),
      [](char letter) { return static_cast<unsigned char>(letter) < ' ' || letter == 127; }, '?');
  return result;
}

}  // namespace

void Log::set_verbosity(int verbosity) {
  verbosity_.store(verbosity, std::memory_order_relaxed);
  set_level(level_of(verbosity));
}

void Log::command(eddy::Id from, const eddy::memcache::Command& command) const {
  using eddy::memcache::Verb;
  if (verbosity() < 2) return;
  const auto text = command.verb == Verb::error ? command.error : eddy::memcache::name_of(command.verb);
  const bool has_key = eddy::memcache::has_key(command.verb);
  write(cli::LogLevel::debug, fmt::format("{} {}{}{}", from.slot, text, has_key ? " " : "",
                                          has_key ? printable(command.key) : std::string()));
}

}  // namespace cache
