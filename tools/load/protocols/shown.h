// Bytes from the network as people may read them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace load {

// In quotes, unprintable bytes as \r, \n, \t or \x1f. Of long ones the first `most` bytes, and how many there are.
std::string shown(std::string_view bytes, std::size_t most = 60);

}  // namespace load
