#include "arrival.h"

#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <stdexcept>

namespace load {

Arrival parse_arrival(std::string_view text) {
  constexpr std::string_view burst = "burst:";
  if (text == "fixed") return {};
  if (text == "poisson") return {Arrival::Kind::poisson, 1};
  if (text.substr(0, burst.size()) == burst) {
    const auto together = cli::parse_whole(text.substr(burst.size()), 1);
    if (together <= largest_burst) return {Arrival::Kind::burst, together};
  }
  throw std::invalid_argument(fmt::format("expected fixed, poisson or burst:N with N from 1 to {}", largest_burst));
}

std::string to_string(const Arrival& arrival) {
  switch (arrival.kind) {
    case Arrival::Kind::fixed: return "fixed";
    case Arrival::Kind::poisson: return "poisson";
    case Arrival::Kind::burst: return fmt::format("burst:{}", arrival.together);
  }
  return {};
}

}  // namespace load
