#include "apps/cli/decimal.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace cli {
namespace {

std::size_t digits_at(std::string_view text, std::size_t begin) {
  return std::min(text.find_first_not_of("0123456789", begin), text.size()) - begin;
}

}  // namespace

NumberAtFront decimal_at_front(std::string_view text, Exponent exponent) {
  const auto whole = digits_at(text, 0);
  auto length = whole;
  if (text.substr(length).starts_with('.')) {
    const auto fraction = digits_at(text, length + 1);
    if (whole + fraction > 0) length += 1 + fraction;
  }
  if (length == 0) return {};
  if (exponent == Exponent::allowed && length < text.size() && (text[length] == 'e' || text[length] == 'E')) {
    const auto sign = text.substr(length + 1).find_first_of("+-") == 0 ? std::size_t{1} : 0;
    const auto digits = digits_at(text, std::min(length + 1 + sign, text.size()));
    if (digits > 0) length += 1 + sign + digits;
  }
  // The programs stay in the locale "C", where strtod expects a point.
  const double value = std::strtod(std::string(text.substr(0, length)).c_str(), nullptr);
  if (!std::isfinite(value)) return {};
  return {value, length};
}

std::optional<double> parse_decimal(std::string_view text, Exponent exponent) {
  const auto number = decimal_at_front(text, exponent);
  if (number.length == 0 || number.length != text.size()) return {};
  return number.value;
}

}  // namespace cli
