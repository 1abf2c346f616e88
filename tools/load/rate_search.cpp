#include "rate_search.h"

#include <apps/cli/decimal.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "load_shape.h"
#include "text.h"

namespace load {
namespace {

constexpr double precision = 1.02;
constexpr int confirmations = 2;
constexpr double lowest_rate = 0.1;
constexpr int most_trials = 60;
constexpr std::size_t most_stairs = 1000;

constexpr std::string_view goals = "p50, p90, p99, p99.9, p99.99, max or mean, '<' and a time, such as p99<2ms";

}  // namespace

SearchGoal parse_goal(std::string_view text) {
  const auto sign = text.find('<');
  const auto figure = text.substr(0, sign);
  static constexpr std::string_view figures[] = {"p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"};
  if (sign == std::string_view::npos ||
      std::find(std::begin(figures), std::end(figures), figure) == std::end(figures)) {
    throw std::invalid_argument(fmt::format("expected {}", goals));
  }
  return {std::string(figure), cli::parse_positive_duration(text.substr(sign + 1))};
}

Staircase parse_staircase(std::string_view text) {
  const auto first = text.find(':');
  const auto second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos) throw std::invalid_argument("expected FROM:TO:STEP, such as 1000:5000:500");
  const Staircase stairs{parse_per_second(text.substr(0, first)),
                         parse_per_second(text.substr(first + 1, second - first - 1)),
                         parse_per_second(text.substr(second + 1))};
  if (stairs.to < stairs.from) throw std::invalid_argument("expected a last rate that is not below the first");
  if ((stairs.to - stairs.from) / stairs.step >= most_stairs) {
    throw std::invalid_argument(fmt::format("expected at most {} steps", most_stairs));
  }
  return stairs;
}

void add_search_options(CLI::App& command, Settings& settings) {
  cli::add_quantity(command, "--search", settings.search, &parse_goal,
                    "Find the highest rate at which this holds, such as 'p99<2ms'; each try takes --duration,\n"
                    "the first one is at --rate [1000]")
      ->type_name("GOAL");
  cli::add_quantity(command, "--staircase", settings.staircase, &parse_staircase,
                    "One run after the other at these rates, of --duration each")
      ->type_name("FROM:TO:STEP");
}

void check_search(const Settings& settings) {
  if (!settings.search && !settings.staircase) return;
  const std::string_view name = settings.search ? "--search" : "--staircase";
  if (settings.search && settings.staircase) throw cli::UsageError("--staircase: expected without --search");
  if (settings.closed) throw cli::UsageError(fmt::format("{}: expected without --closed, which has no rate", name));
  if (settings.staircase && settings.rate) throw cli::UsageError("--staircase: expected without --rate");
  const auto& outputs = settings.outputs;
  if (!outputs.csv.empty() || !outputs.hdr.empty() || !outputs.html.empty() || outputs.live || outputs.prometheus) {
    throw cli::UsageError(
        fmt::format("{}: expected without --csv, --hdr, --html, --live and --prometheus, which are for one run", name));
  }
}

Found search(double first_rate, double most, eddy::Callback<Trial(double rate)> measure) {
  std::optional<double> low;   // held when it was tried last
  std::optional<double> high;  // did not
  int trials = 0;
  Found found;
  const auto holds = [&](double rate) {
    const auto trial = measure(rate);
    ++trials;
    found.interrupted = trial.interrupted;
    return trial.failed.empty();
  };
  while (!found.interrupted && trials < most_trials) {
    if (low && (high ? *high / *low <= precision : *low >= most)) {
      bool again = true;
      for (int i = 0; i < confirmations && again && !found.interrupted; ++i) again = holds(*low);
      if (found.interrupted) break;
      if (again) {
        found.rate = low;
        break;
      }
      high = low;
      low = *low / 1.05;  // not tried yet, but it is before it is believed
      continue;
    }
    const auto rate = !low && !high ? std::min(first_rate, most)
                      : !high       ? std::min(*low * 2, most)
                      : !low        ? *high / 2
                                    : std::sqrt(*low * *high);
    if (rate < lowest_rate) break;
    (holds(rate) ? low : high) = rate;
  }
  found.too_high = high;
  return found;
}

eddy::Duration value_of(const SearchGoal& goal, const Results& results) {
  const auto& response = results.response;
  if (goal.figure == "max") return response.max();
  if (goal.figure == "mean") return response.mean();
  return response.percentile(cli::parse_decimal(std::string_view(goal.figure).substr(1)).value_or(0));
}

std::string to_string(const SearchGoal& goal) { return fmt::format("{}<{}", goal.figure, time_text(goal.limit)); }

}  // namespace load
