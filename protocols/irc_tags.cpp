#include "protocols/irc_tags.h"

#include <cstddef>

namespace eddy {
namespace {

constexpr std::string_view plain("; \\\r\n");
constexpr std::string_view letters(":s\\rn");

}  // namespace

std::string_view irc_tag(std::string_view tags, std::string_view key) {
  std::string_view value;
  for_each_irc_tag(tags, [&](std::string_view name, std::string_view its_value, std::string_view) {
    if (name == key) value = its_value;
  });
  return value;
}

std::string escape_irc_tag(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    const auto index = plain.find(c);
    if (index == std::string_view::npos) {
      escaped += c;
    } else {
      (escaped += '\\') += letters[index];
    }
  }
  return escaped;
}

std::string unescape_irc_tag(std::string_view escaped) {
  std::string value;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\') {
      value += escaped[i];
    } else if (++i < escaped.size()) {
      const auto index = letters.find(escaped[i]);
      value += index == std::string_view::npos ? escaped[i] : plain[index];
    }
  }
  return value;
}

}  // namespace eddy
