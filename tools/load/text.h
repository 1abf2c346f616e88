// How numbers are written for people.
#pragma once

#include <reactor/time.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace load {

inline double in_seconds(eddy::Duration duration) { return std::chrono::duration<double>(duration).count(); }

// Three significant digits and a unit: "870 ns", "45.1 us", "1.23 ms", "5.00 s".
std::string time_text(eddy::Duration time);

// "1,234,567".
std::string grouped(std::uint64_t number);

// Of something a second: "12.34" below 100, "1,234" above.
std::string per_second_text(double rate);

// "1 message", "1,234 messages".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

// "0x1f", or "the end" for a byte that is not there.
std::string byte_text(std::optional<std::uint8_t> byte);

}  // namespace load
