#include "sparkline.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <string_view>

namespace load {
namespace {

constexpr std::string_view blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view letters[] = {"_", ".", ":", "-", "=", "+", "*", "#"};

}  // namespace

std::string sparkline(const std::vector<double>& values, bool unicode) {
  const auto highest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::string line;
  for (const auto value : values) {
    const auto share = highest > 0 ? std::max(value, 0.0) / highest : 0;
    const auto level =
        std::min<std::size_t>(static_cast<std::size_t>(share * std::size(blocks)), std::size(blocks) - 1);
    line += unicode ? blocks[level] : letters[level];
  }
  return line;
}

bool shows_unicode() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale(value);
    return locale.find("UTF-8") != std::string_view::npos || locale.find("utf8") != std::string_view::npos;
  }
  return false;
}

}  // namespace load
