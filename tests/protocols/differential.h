// Compares each decoder with a plain one that sees the whole input at once. The fuzz targets and a short run with fixed
// seeds share these checks. The first bytes of `data` choose the options and where the input is cut; the rest is the
// input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eddy::test {

// Each answers whether decoder and reference agree.
bool lines_agree(std::string_view data);
bool frames_agree(std::string_view data);
bool delimited_agrees(std::string_view data);
bool irc_agrees(std::string_view data);
bool memcache_agrees(std::string_view data);

}  // namespace eddy::test
