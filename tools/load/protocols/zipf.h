// Zipf: draws ranks 0 to n - 1, rank k with a probability in proportion to 1 / (k + 1)^s. Constant time for each draw
// and no table: rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone
// discrete distributions", 1996). A draw takes less than 1.4 attempts on average, whatever n and s are.
#pragma once

#include <cstdint>

#include "random.h"

namespace load {

class Zipf {
 public:
  // n is 1 to 2^40, s more than 0.
  Zipf(std::uint64_t n, double s);

  std::uint64_t draw(Random& random) const;

 private:
  double integral(double x) const;  // of the density's hat, up to x
  double inverse(double x) const;
  double hat(double x) const;

  double n_;
  double s_;
  double from_;      // the integral at the first rank's end
  double to_;        // and at the last one's
  double accepted_;  // nearer to a rank than this no test is needed
};

}  // namespace load
