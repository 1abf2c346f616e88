// Descriptors, for tests of what is about those of Unix.
#pragma once

#include <array>
#include <cstddef>

namespace eddy::test {

// Non-blocking, the end to read from first; the tests close both.
std::array<int, 2> open_pipe();

// How many this process has open.
std::size_t open_descriptors();
// The one that the next open would get.
int next_descriptor();

}  // namespace eddy::test
