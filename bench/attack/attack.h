// The attacks by name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "swarm.h"
#include "volley.h"

namespace attack {

struct Attack {
  std::string_view name;  // begins with its server's
  bool peers;             // whether ngircd or memcached understand it, too
  std::string_view what;  // it does, in a line
  std::optional<SwarmPlan> swarm = std::nullopt;
  std::optional<VolleyPlan> volley = std::nullopt;
};

std::vector<Attack> chat_attacks();
std::vector<Attack> cache_attacks();
std::vector<Attack> echo_attacks();
std::vector<Attack> all_attacks();

// Text of the attacks' own making: `part` so many times.
std::string repeated(std::string_view part, std::size_t count);

}  // namespace attack
