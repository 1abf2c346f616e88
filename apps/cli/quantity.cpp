#include "apps/cli/quantity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "apps/cli/decimal.h"

namespace cli {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// Splits off the number and looks its unit up; -1 when either is not understood.
double scaled(std::string_view text, const Unit* first, const Unit* last) {
  const auto number = decimal_at_front(text);
  if (number.length == 0) return -1;
  const auto name = text.substr(number.length);
  const auto* unit = std::find_if(first, last, [&](const Unit& each) { return each.name == name; });
  return unit == last ? -1 : number.value * unit->factor;
}

}  // namespace

eddy::Duration parse_duration(std::string_view text) {
  static constexpr Unit units[] = {{"", 1e9},  {"ns", 1},   {"us", 1e3},   {"ms", 1e6},
                                   {"s", 1e9}, {"m", 60e9}, {"min", 60e9}, {"h", 3600e9}};
  const auto nanoseconds = scaled(text, std::begin(units), std::end(units));
  if (nanoseconds < 0 || nanoseconds > 9e18) {
    throw std::invalid_argument("expected a duration such as 500ms, 10s or 2m");
  }
  return eddy::Duration(static_cast<eddy::Duration::rep>(std::llround(nanoseconds)));
}

eddy::Duration parse_positive_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (duration <= eddy::Duration::zero()) throw std::invalid_argument("expected more than 0, such as 500ms, 10s or 2m");
  return duration;
}

std::size_t parse_size(std::string_view text) {
  static constexpr Unit units[] = {{"", 1},
                                   {"k", 1024},
                                   {"K", 1024},
                                   {"m", 1024 * 1024},
                                   {"M", 1024 * 1024},
                                   {"g", 1024.0 * 1048576},
                                   {"G", 1024.0 * 1048576}};
  const auto bytes = scaled(text, std::begin(units), std::end(units));
  if (bytes < 0 || bytes != std::floor(bytes)) {
    throw std::invalid_argument("expected a size in bytes such as 64, 64k or 1M");
  }
  constexpr auto most = std::min<std::uint64_t>(std::numeric_limits<std::size_t>::max(), 9'000'000'000'000'000);
  if (bytes > static_cast<double>(most)) {
    throw std::invalid_argument("expected a size of at most " + std::to_string(most) + " bytes");
  }
  return static_cast<std::size_t>(bytes);
}

std::uint64_t parse_whole(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const std::string expected = "expected a whole number from " + std::to_string(least);
  if (stop == end && (error == std::errc::result_out_of_range || number > most)) {
    throw std::invalid_argument(expected + " to " + std::to_string(most));
  }
  if (error != std::errc() || stop != end || number < least) throw std::invalid_argument(expected + " up");
  return number;
}

std::size_t parse_count(std::string_view text) {
  return static_cast<std::size_t>(parse_whole(text, 1, std::numeric_limits<std::size_t>::max()));
}

}  // namespace cli
