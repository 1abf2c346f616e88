#include "start_time.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace load {
namespace {

// Digits alone, all of `text`.
std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || text.front() == '-' || error != std::errc() || stop != end) return {};
  return value;
}

// Seconds, with a fraction perhaps.
std::optional<std::chrono::nanoseconds> seconds_of(std::string_view text, std::int64_t most) {
  const auto dot = text.find('.');
  const auto whole = digits(text.substr(0, dot));
  if (!whole || *whole > most) return {};
  std::string fraction(dot == std::string_view::npos ? "0" : text.substr(dot + 1));
  if (fraction.empty() || fraction.size() > 9) return {};
  fraction.resize(9, '0');
  const auto nanoseconds = digits(fraction);
  if (!nanoseconds) return {};
  return std::chrono::seconds(*whole) + std::chrono::nanoseconds(*nanoseconds);
}

std::optional<WallTime> rfc_3339(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (text.size() <= shape.size() || text.back() != 'Z') return {};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != '0' && text[i] != shape[i]) return {};
  }
  const auto year = digits(text.substr(0, 4));
  const auto month = digits(text.substr(5, 2));
  const auto day = digits(text.substr(8, 2));
  const auto hour = digits(text.substr(11, 2));
  const auto minute = digits(text.substr(14, 2));
  const auto second = seconds_of(text.substr(17, text.size() - 18), 59);
  if (!year || !month || !day || !hour || !minute || !second || *hour > 23 || *minute > 59 || *year < 1970 ||
      *year > 2199) {
    return {};
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return {};
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + *second;
}

}  // namespace

WallTime parse_wall_time(std::string_view text) {
  constexpr std::int64_t last = 7'258'118'399;  // of the year 2199: nanoseconds fit until 2262
  if (const auto time = rfc_3339(text)) return *time;
  if (const auto since_1970 = seconds_of(text, last)) return WallTime(*since_1970);
  throw std::invalid_argument(
      "expected a time such as 2026-03-01T12:00:00Z, in UTC, or seconds since 1970 as date +%s prints them");
}

std::string to_string(WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - second).count();
  const auto text = fmt::format("{:%Y-%m-%dT%H:%M:%S}",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(
                                    std::chrono::time_point_cast<std::chrono::system_clock::duration>(second))));
  return text + (milliseconds == 0 ? "Z" : fmt::format(".{:03}Z", milliseconds));
}

}  // namespace load
