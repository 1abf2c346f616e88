// LoopLag: how long the turns of the loop were in which it kept others waiting, in powers of two, between two looks at
// its stats. A part of the verdict on this program.
#pragma once

#include <reactor/stats.h>
#include <reactor/time.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace load {

class LoopLag {
 public:
  LoopLag() = default;
  LoopLag(const eddy::LagHistogram& before, const eddy::LagHistogram& after);

  void merge(const LoopLag& other);

  // An upper bound of the percentile (0 to 100), within a factor of two. 0 without a turn.
  eddy::Duration percentile(double percent) const;

 private:
  std::array<std::uint64_t, 65> turns_{};
};

}  // namespace load
