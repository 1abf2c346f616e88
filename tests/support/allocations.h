// Counts calls of operator new in the whole test program.
#pragma once

#include <cstdint>

namespace eddy::test {

std::uint64_t allocations();

}  // namespace eddy::test
