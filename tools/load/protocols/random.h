// Random: numbers that depend on seed, connection and request alone, so that what was asked can be computed again when
// the answer comes. The generator is StreamPattern's.
#pragma once

#include <cstdint>

#include "../stream_pattern.h"

namespace load {

class Random {
 public:
  // Of one request, or of a part of it: `part` is below 256, and gives 65,536 numbers.
  Random(const StreamPattern& of, std::uint64_t sequence, std::uint64_t part = 0)
      : pattern_(of), next_((sequence << 24) + (part << 16)) {}

  std::uint64_t next() { return pattern_.word(next_++); }

  // At least 0, less than 1.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  // Less than `bound`, which is at most 2^52.
  std::uint64_t below(std::uint64_t bound) { return static_cast<std::uint64_t>(unit() * static_cast<double>(bound)); }

 private:
  StreamPattern pattern_;
  std::uint64_t next_;
};

}  // namespace load
