// Counts calls of operator new in the whole test program, and makes one fail.
#pragma once

#include <cstdint>

namespace eddy::test {

std::uint64_t allocations();

// The `which`-th allocation from now on (the first is 1) throws std::bad_alloc, unless this ends before.
class FailingAllocation {
 public:
  explicit FailingAllocation(std::uint64_t which);
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  void end();
  bool failed() const;
};

}  // namespace eddy::test
