// Arrival: how the open model's messages are spread over time. The rate is the mean of each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace load {

struct Arrival {
  enum class Kind : std::uint8_t {
    fixed,    // evenly: one every 1/rate seconds
    poisson,  // as independent users come: the gaps are exponentially distributed
    burst,    // `together` of them at one instant, then a pause
  };
  Kind kind = Kind::fixed;
  std::uint64_t together = 1;

  friend bool operator==(const Arrival&, const Arrival&) = default;
};

inline constexpr std::uint64_t largest_burst = 1'000'000;

// "fixed", "poisson" or "burst:N"; throws std::invalid_argument that says what was expected.
Arrival parse_arrival(std::string_view text);
std::string to_string(const Arrival& arrival);

}  // namespace load
