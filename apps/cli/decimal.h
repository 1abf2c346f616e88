// Decimal fractions, such as 12, 0.5 and .5: what std::from_chars reads, which libc++ lacks for double before its
// version 20.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cli {

enum class Exponent : std::uint8_t { no, allowed };  // 1e6

struct NumberAtFront {
  double value = 0;
  std::size_t length = 0;  // of the digits, the point and the exponent; 0: there is no number
};
// Without a sign, and finite.
NumberAtFront decimal_at_front(std::string_view text, Exponent exponent = Exponent::no);

// Empty when anything but such a number is in `text`.
std::optional<double> parse_decimal(std::string_view text, Exponent exponent = Exponent::no);

}  // namespace cli
