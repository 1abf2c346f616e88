// Descriptors for tests that need some of their own.
#pragma once

#include <array>
#include <cstddef>

namespace eddy::test {

// Both non-blocking; the tests close them.
std::array<int, 2> open_pipe();         // the end to read from first
std::array<int, 2> open_socket_pair();  // Unix stream sockets

// How many this process has open.
std::size_t open_descriptors();
// The one that the next open would get.
int next_descriptor();

}  // namespace eddy::test
