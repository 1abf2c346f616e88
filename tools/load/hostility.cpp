#include "hostility.h"

#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace load {
namespace {

struct NamedHostility {
  std::string_view name;
  Hostility kind;
};
constexpr NamedHostility hostilities[] = {
    {"slow-read", Hostility::slow_read}, {"slow-write", Hostility::slow_write},
    {"half-open", Hostility::half_open}, {"reset", Hostility::reset},
    {"one-byte", Hostility::one_byte},   {"never-finish", Hostility::never_finish}};

HostileGroup parse_group(std::string_view text) {
  const auto colon = text.find(':');
  for (const auto& each : hostilities) {
    if (colon == std::string_view::npos || text.substr(0, colon) != each.name) continue;
    return {each.kind, cli::parse_count(text.substr(colon + 1))};
  }
  throw std::invalid_argument(
      "expected KIND:COUNT, with commas between; KIND is slow-read, slow-write, half-open, reset, one-byte or "
      "never-finish");
}

}  // namespace

std::string_view to_string(Hostility kind) {
  return std::find_if(std::begin(hostilities), std::end(hostilities),
                      [kind](const auto& each) { return each.kind == kind; })
      ->name;
}

std::vector<HostileGroup> parse_hostile(std::string_view text) {
  std::vector<HostileGroup> groups;
  for (;;) {
    const auto comma = text.find(',');
    const auto group = parse_group(text.substr(0, comma));
    for (const auto& earlier : groups) {
      if (earlier.kind == group.kind) {
        throw std::invalid_argument(fmt::format("expected {} once", to_string(group.kind)));
      }
    }
    groups.push_back(group);
    if (comma == std::string_view::npos) return groups;
    text.remove_prefix(comma + 1);
  }
}

std::string to_string(const std::vector<HostileGroup>& groups) {
  std::string text;
  for (const auto& each : groups)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", to_string(each.kind), each.count);
  return text;
}

}  // namespace load
