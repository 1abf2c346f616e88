// Capabilities of IRCv3 that a client can ask for (CAP REQ), and a set of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chat {

enum class Capability : std::uint8_t {
  away_notify,
  batch,
  cap_notify,
  echo_message,
  extended_join,
  invite_notify,
  labeled_response,
  message_tags,
  multi_prefix,
  server_time,
  setname,
  standard_replies,
  userhost_in_names,
};

// In the order of the enumeration.
std::span<const std::string_view> capability_names();
std::optional<Capability> find_capability(std::string_view name);

class CapabilitySet {
 public:
  static CapabilitySet all() {
    CapabilitySet set;
    set.bits_ = (1U << capability_names().size()) - 1;
    return set;
  }

  bool has(Capability capability) const { return (bits_ & bit(capability)) != 0; }
  void set(Capability capability, bool on) { bits_ = on ? bits_ | bit(capability) : bits_ & ~bit(capability); }
  bool empty() const { return bits_ == 0; }

  CapabilitySet without(CapabilitySet other) const {
    CapabilitySet set;
    set.bits_ = bits_ & ~other.bits_;
    return set;
  }

  // Their names with spaces between them.
  std::string to_string() const;

 private:
  static constexpr std::uint32_t bit(Capability capability) { return 1U << static_cast<unsigned>(capability); }
  std::uint32_t bits_ = 0;
};

}  // namespace chat
