// The instant at which processes on several machines begin to measure together, by their clocks.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace load {

using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// "2026-03-01T12:00:00Z", with fractions of a second if need be (RFC 3339, in UTC only), or seconds since 1970 as
// `date +%s` prints them. Throws std::invalid_argument that says what was expected.
WallTime parse_wall_time(std::string_view text);
std::string to_string(WallTime time);

}  // namespace load
