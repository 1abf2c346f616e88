#include "report_rows.h"

#include <fmt/format.h>

#include <array>

#include "text.h"

namespace load {
namespace {

constexpr std::array columns{"p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"};

}  // namespace

std::string row(std::string_view name, std::string_view text) { return fmt::format("  {:<12}  {}\n", name, text); }

std::string times_header() {
  std::string text;
  for (const auto* name : columns) text += fmt::format("{:>9}", name);
  return row("", text);
}

std::string times(std::string_view name, const Histogram& histogram) {
  if (histogram.count() == 0) return row(name, "none");
  std::string text;
  for (const double percent : {50.0, 90.0, 99.0, 99.9, 99.99}) {
    text += fmt::format("{:>9}", time_text(histogram.percentile(percent)));
  }
  text += fmt::format("{:>9}{:>9}", time_text(histogram.max()), time_text(histogram.mean()));
  return row(name, text);
}

std::string errors(std::string_view name, const ErrorCounts& counts) {
  std::string text;
  for (const auto& [kind, count] : counts) {
    text += row(text.empty() ? name : "", fmt::format("{} x {}", grouped(count), kind));
  }
  return text;
}

}  // namespace load
