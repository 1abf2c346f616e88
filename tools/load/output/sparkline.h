// A sparkline: how a value went, in one line of text.
#pragma once

#include <string>
#include <vector>

namespace load {

// A character for each value, from 0 to the highest of them; in Unicode's blocks, or in ASCII.
std::string sparkline(const std::vector<double>& values, bool unicode);

// What the environment says of the terminal.
bool shows_unicode();

}  // namespace load
