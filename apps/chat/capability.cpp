#include "apps/chat/capability.h"

#include <algorithm>

namespace chat {
namespace {

constexpr std::string_view names[] = {"away-notify",      "batch",         "cap-notify",       "echo-message",
                                      "extended-join",    "invite-notify", "labeled-response", "message-tags",
                                      "multi-prefix",     "server-time",   "setname",          "standard-replies",
                                      "userhost-in-names"};

}  // namespace

std::span<const std::string_view> capability_names() { return names; }

std::optional<Capability> find_capability(std::string_view name) {
  const auto* at = std::find(std::begin(names), std::end(names), name);
  if (at == std::end(names)) return std::nullopt;
  return static_cast<Capability>(at - std::begin(names));
}

std::string CapabilitySet::to_string() const {
  std::string text;
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (!has(static_cast<Capability>(i))) continue;
    if (!text.empty()) text += ' ';
    text += names[i];
  }
  return text;
}

}  // namespace chat
