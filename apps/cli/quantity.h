// Quantities as people type them on a command line.
#pragma once

#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace cli {

// "500ms", "10s", "2m", "1h", "250us"; a plain number is seconds; fractions are fine. Not negative.
// Throws std::invalid_argument that says what was expected.
eddy::Duration parse_duration(std::string_view text);
eddy::Duration parse_positive_duration(std::string_view text);  // 0 is none

// "64", "64k", "1M", "2G": multiples of 1024. Not negative; throws like parse_duration.
std::size_t parse_size(std::string_view text);

// A whole number from `least` to `most`, and one from 1 to what a size_t holds: on 32-bit machines 4294967295.
std::uint64_t parse_whole(std::string_view text, std::uint64_t least,
                          std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
std::size_t parse_count(std::string_view text);

}  // namespace cli
