#include "text.h"

#include <fmt/format.h>

namespace load {
namespace {

std::string three_digits(double number) {
  if (number < 9.995) return fmt::format("{:.2f}", number);
  if (number < 99.95) return fmt::format("{:.1f}", number);
  return fmt::format("{:.0f}", number);
}

}  // namespace

std::string time_text(eddy::Duration time) {
  const auto nanoseconds = static_cast<double>(time.count());
  if (nanoseconds < 999.5) return fmt::format("{} ns", time.count());
  if (nanoseconds < 999.5e3) return three_digits(nanoseconds / 1e3) + " us";
  if (nanoseconds < 999.5e6) return three_digits(nanoseconds / 1e6) + " ms";
  return three_digits(nanoseconds / 1e9) + " s";
}

std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string per_second_text(double rate) {
  return rate < 100 ? fmt::format("{:.2f}", rate) : grouped(static_cast<std::uint64_t>(rate));
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(count), count == 1 ? one : many);
}

std::string byte_text(std::optional<std::uint8_t> byte) { return byte ? fmt::format("0x{:02x}", *byte) : "the end"; }

}  // namespace load
