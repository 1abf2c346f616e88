#include "zipf.h"

#include <algorithm>
#include <cmath>

namespace load {
namespace {

// Both without loss near 0, where the plain formula divides nothing by nothing.
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x * (0.5 - x / 3); }
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x * 0.5 * (1 + x / 3); }

}  // namespace

Zipf::Zipf(std::uint64_t n, double s)
    : n_(static_cast<double>(n)),
      s_(s),
      from_(integral(1.5) - 1),
      to_(integral(n_ + 0.5)),
      accepted_(2 - inverse(integral(2.5) - hat(2))) {}

double Zipf::hat(double x) const { return std::exp(-s_ * std::log(x)); }

double Zipf::integral(double x) const {
  const auto log = std::log(x);
  return expm1_over((1 - s_) * log) * log;
}

double Zipf::inverse(double x) const {
  const auto t = std::max(x * (1 - s_), -1.0);  // rounding may go past the pole
  return std::exp(log1p_over(t) * x);
}

std::uint64_t Zipf::draw(Random& random) const {
  while (true) {
    const auto u = to_ + random.unit() * (from_ - to_);
    const auto x = inverse(u);
    const auto rank = std::clamp(std::floor(x + 0.5), 1.0, n_);
    if (rank - x <= accepted_ || u >= integral(rank + 0.5) - hat(rank)) return static_cast<std::uint64_t>(rank) - 1;
  }
}

}  // namespace load
