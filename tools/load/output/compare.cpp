#include "compare.h"

#include <apps/cli/decimal.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "../report_rows.h"
#include "../text.h"

namespace load {
namespace {

using Value = std::optional<double>;  // empty: the run does not have it

template <int hundredths>
Value response_percentile(const RunReport& run) {
  if (run.response.count == 0) return {};
  return static_cast<double>(run.response.percentile(hundredths / 100.0).count());
}

Value per_message(const RunReport& run, const std::string& pointer) {
  if (run.response.count == 0 || run.at(pointer).is_null()) return {};
  return (run.number(pointer + "/user") + run.number(pointer + "/system")) * 1e9 /
         static_cast<double>(run.response.count);
}

struct Figure {
  std::string_view name;
  bool is_time;
  Value (*of)(const RunReport& run);
};

constexpr Figure compared_figures[] = {
    {"p50", true, &response_percentile<5000>},
    {"p90", true, &response_percentile<9000>},
    {"p99", true, &response_percentile<9900>},
    {"p99.9", true, &response_percentile<9990>},
    {"p99.99", true, &response_percentile<9999>},
    {"max", true, &response_percentile<10000>},
    {"mean", true,
     [](const RunReport& run) -> Value {
       if (run.response.count == 0) return {};
       return static_cast<double>(run.response.mean().count());
     }},
    {"throughput", false, [](const RunReport& run) -> Value { return run.number("/throughput/messages_per_s"); }},
    {"errors", false, [](const RunReport& run) -> Value { return static_cast<double>(run.all_errors()); }},
    {"cpu", true, [](const RunReport& run) { return per_message(run, "/cpu_s"); }},
    {"server-cpu", true, [](const RunReport& run) { return per_message(run, "/server_cpu_s"); }},
};

std::string value_text(const Figure& figure, Value value) {
  if (!value) return "none";
  if (figure.is_time) return time_text(eddy::Duration(std::llround(*value)));
  return *value < 100 && *value != std::floor(*value) ? fmt::format("{:.2f}", *value)
                                                      : grouped(static_cast<std::uint64_t>(std::llround(*value)));
}

std::string difference(Value first, Value second) { return first && second ? difference_text(*first, *second) : ""; }

double limit_number(std::string_view text) {
  const auto number = cli::parse_decimal(text, cli::Exponent::allowed);
  if (!number) throw std::invalid_argument("expected a number");
  return *number;
}

}  // namespace

Condition::Condition(const std::string& text) : text_(text) {
  const auto fail = [&](std::string_view expected) {
    throw cli::UsageError(fmt::format("--fail-if {}: expected {}", text, expected));
  };
  const auto sign = text.find_first_of("<>");
  if (sign == std::string::npos) fail("FIGURE>LIMIT or FIGURE<LIMIT, such as p99>+5%");
  const auto name = std::string_view(text).substr(0, sign);
  auto limit = std::string_view(text).substr(sign + 1);
  above_ = text[sign] == '>';
  std::string names;
  figure_ = std::size(compared_figures);
  for (std::size_t i = 0; i < std::size(compared_figures); ++i) {
    if (compared_figures[i].name == name) figure_ = i;
    names.append(i == 0 ? "" : i + 1 == std::size(compared_figures) ? " or " : ", ").append(compared_figures[i].name);
  }
  if (figure_ == std::size(compared_figures)) fail(names + " before " + text[sign]);
  percent_ = !limit.empty() && limit.back() == '%';
  try {
    if (percent_) {
      const auto direction = limit.front();
      if (direction != '+' && direction != '-') throw std::invalid_argument("no direction");
      limit_ = limit_number(limit.substr(1, limit.size() - 2)) * (direction == '-' ? -1 : 1);
    } else if (compared_figures[figure_].is_time) {
      limit_ = static_cast<double>(cli::parse_duration(limit).count());
    } else {
      limit_ = limit_number(limit);
    }
  } catch (const std::invalid_argument&) {
    fail(fmt::format("+N%, -N% or {} after {}", compared_figures[figure_].is_time ? "a time such as 2ms" : "a number",
                     text[sign]));
  }
}

std::string Condition::held(const RunReport& first, const RunReport& second) const {
  const auto& figure = compared_figures[figure_];
  const auto need = [&](const RunReport& run) {
    const auto value = figure.of(run);
    if (!value) throw cli::UsageError(fmt::format("--fail-if {}: {} has no {}", text_, run.name, figure.name));
    return *value;
  };
  const auto after = need(second);
  const auto limit = percent_ ? need(first) * (1 + limit_ / 100) : limit_;
  if (above_ ? after <= limit : after >= limit) return "";
  if (!percent_) return fmt::format("{}: it is {}", text_, value_text(figure, after));
  return fmt::format("{}: it was {} and is {}, {}", text_, value_text(figure, figure.of(first)),
                     value_text(figure, after), difference(figure.of(first), after));
}

std::string difference_text(double before, double after) {
  if (before == after) return "0.0 %";
  if (before == 0) return "new";
  const auto percent = (after - before) / before * 100;
  return std::abs(percent) < 0.05 ? "0.0 %" : fmt::format("{:+.1f} %", percent);
}

std::string comparison(const RunReport& first, const RunReport& second) {
  auto text = fmt::format("eddy-load compare\n\n{}{}\n", row("first", first.name), row("second", second.name));
  text += row("", fmt::format("{:>14}{:>14}{:>12}", "first", "second", "difference"));
  for (const auto& figure : compared_figures) {
    const auto before = figure.of(first);
    const auto after = figure.of(second);
    if (!before && !after) continue;
    text += row(figure.name, fmt::format("{:>14}{:>14}{:>12}", value_text(figure, before), value_text(figure, after),
                                         difference(before, after)));
  }
  for (const auto* run : {&first, &second}) {
    if (const auto limited = run->limited(); !limited.empty()) {
      text += row("limited", run->name + ": by eddy-load itself: " + limited);
    }
  }
  std::string settings;
  const auto was = first.at("/settings");
  const auto now = second.at("/settings");
  for (const auto& [key, value] : now.items()) {
    const auto before = was.contains(key) ? was[key].dump() : "absent";
    if (before == value.dump()) continue;
    settings += row(settings.empty() ? "settings" : "", fmt::format("{}: {}, {}", key, before, value.dump()));
  }
  return settings.empty() ? text : text + "\n" + settings;
}

}  // namespace load
