#include "html_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "../text.h"
#include "svg_chart.h"

namespace load {
namespace {

constexpr std::size_t most_points = 240;
constexpr auto no_value = std::numeric_limits<double>::quiet_NaN();

using Runs = std::vector<const RunReport*>;
using Series = std::vector<Interval>;

// Neighbours merged until there are few enough to be seen.
Series to_be_seen(const Series& series) {
  const auto each = (series.size() + most_points - 1) / most_points;
  if (each <= 1) return series;
  Series fewer;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (i % each == 0) {
      fewer.push_back(series[i]);
      continue;
    }
    auto& into = fewer.back();
    const auto& from = series[i];
    into.length = from.start + from.length - into.start;
    into.merge(from);
  }
  return fewer;
}

double middle(const Interval& each) { return in_seconds(each.start) + in_seconds(each.length) / 2; }
double end_of(const Series& series) {
  return series.empty() ? 0 : in_seconds(series.back().start) + in_seconds(series.back().length);
}

std::string axis_time(double nanoseconds) {
  struct {
    double size;
    const char* name;
  } const units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
  for (const auto& unit : units) {
    if (nanoseconds >= unit.size * 0.999) return fmt::format("{:.4g} {}", nanoseconds / unit.size, unit.name);
  }
  return fmt::format("{:.4g} ns", nanoseconds);
}
std::string axis_seconds(double seconds) { return fmt::format("{:.6g} s", seconds); }
std::string axis_number(double number) {
  if (number >= 1e6) return fmt::format("{:.4g} M", number / 1e6);
  return number >= 1e4 ? fmt::format("{:.4g} k", number / 1e3) : fmt::format("{:.4g}", number);
}

struct Curve {
  std::string name;
  std::string style;
  std::function<double(const Interval&)> value;
};

std::string legend(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string html = "<p class=\"legend\">";
  for (const auto& [style, name] : entries) {
    html += fmt::format("<span><svg viewBox=\"0 0 24 8\"><path class=\"line {}\" d=\"M0 4H24\"/></svg>{}</span>", style,
                        escaped(name));
  }
  return html + "</p>";
}

std::string figure(const std::string& heading, const std::string& keys, const SvgChart& chart) {
  auto plain = chart;
  plain.hints.clear();  // a narrow screen has no pointer
  return fmt::format("<figure><figcaption>{}</figcaption>{}{}{}</figure>\n", heading, keys,
                     chart.drawn(560, 270, "wide"), plain.drawn(340, 240, "narrow"));
}

// Of values of intervals over time.
std::string over_time(const std::string& heading, const Runs& runs, const std::vector<Curve>& curves, bool times) {
  SvgChart chart{.title = heading, .x_name = "since the measuring began"};
  std::vector<std::pair<std::string, std::string>> keys;
  double last = 0;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0;
  for (const auto* run : runs) {
    const auto series = to_be_seen(run->series);
    last = std::max(last, end_of(series));
    for (const auto& curve : curves) {
      SvgChart::Line line{curve.style + (run == runs.front() ? "" : " second"), {}};
      for (const auto& each : series) {
        const auto value = curve.value(each);
        if (value > 0) lowest = std::min(lowest, value);
        if (value > 0) highest = std::max(highest, value);
        line.points.push_back({middle(each), value});
      }
      keys.emplace_back(line.style, runs.size() == 1 ? curve.name : curve.name + ", " + run->name);
      chart.lines.push_back(std::move(line));
    }
    if (run != runs.front()) continue;
    for (const auto& each : series) {
      auto text = fmt::format("{:.6g} to {:.6g} s", in_seconds(each.start), in_seconds(each.start + each.length));
      for (const auto& curve : curves) {
        const auto value = curve.value(each);
        if (!std::isnan(value))
          text += fmt::format("\n{} {}", curve.name, times ? axis_time(value) : axis_number(value));
      }
      chart.hints.push_back({in_seconds(each.start), in_seconds(each.start + each.length), text});
    }
  }
  chart.x = linear_axis(last, &axis_seconds);
  chart.x.high = std::max(last, 1e-9);
  if (highest == 0) return fmt::format("<figure><figcaption>{}</figcaption><p>None.</p></figure>\n", heading);
  if (!times) {
    chart.y = linear_axis(std::max(highest, 5.0), &axis_number);  // counts: no fractions
  } else {
    chart.y = logarithmic_axis(lowest, highest, &axis_time);
    for (auto& line : chart.lines) {
      for (auto& point : line.points) point.y = point.y > 0 ? std::log10(point.y) : no_value;
    }
  }
  return figure(heading, keys.size() > 1 ? legend(keys) : "", chart);
}

double of_times(const Interval& each, double percent) {
  // On a logarithmic axis, 0 ns stands with 1 ns.
  return each.answered() == 0 ? no_value
                              : std::max<double>(1, static_cast<double>(each.response.percentile(percent).count()));
}

double per_second(std::uint64_t count, const Interval& each) {
  return each.length.count() > 0 ? static_cast<double>(count) / in_seconds(each.length) : no_value;
}

// From a histogram: x is log10(1 / (1 - share of values at most y)).
SvgChart::Line percentile_curve(const SparseHistogram& histogram, std::string style) {
  SvgChart::Line line{std::move(style), {}};
  const auto all = static_cast<double>(histogram.count);
  const auto step = std::log10(2 * all) / 400;
  std::uint64_t seen = 0;
  for (const auto& bucket : histogram.buckets) {
    seen += bucket.count;
    const SvgChart::Point point{
        -std::log10(1 - (static_cast<double>(seen) - 0.5) / all),
        std::log10(std::max<double>(1, static_cast<double>(std::min(bucket.upper_end, histogram.max))))};
    if (line.points.empty()) line.points.push_back({0, point.y});
    if (point.x - line.points.back().x >= step || seen == histogram.count) line.points.push_back(point);
  }
  return line;
}

std::string percentiles(const Runs& runs) {
  SvgChart chart{.title = "Response time by percentile", .x_name = "of all answers took no longer"};
  std::vector<std::pair<std::string, std::string>> keys;
  std::uint64_t most = 1;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 1;
  const auto add = [&](const RunReport& run, const SparseHistogram& histogram, const char* name, const char* colour) {
    if (histogram.count == 0) return;
    most = std::max(most, histogram.count);
    lowest = std::min(lowest, static_cast<double>(std::max<std::uint64_t>(histogram.min, 1)));
    highest = std::max(highest, static_cast<double>(histogram.max));
    const auto style = std::string(colour) + (&run == runs.front() ? "" : " second");
    keys.emplace_back(style, runs.size() == 1 ? std::string(name) : fmt::format("{}, {}", name, run.name));
    chart.lines.push_back(percentile_curve(histogram, style));
  };
  for (const auto* run : runs) {
    add(*run, run->response, "response", "a");
    if (run->send_lag) add(*run, run->service, "service", "b");  // the same in the closed model
  }
  if (chart.lines.empty()) return "";
  chart.x = {0, std::log10(2 * static_cast<double>(most)), {{0, "0 %"}, {std::log10(2), "50 %"}}};
  for (int nines = 1; nines <= chart.x.high; ++nines) {
    chart.x.ticks.push_back(
        {static_cast<double>(nines), fmt::format("{:.{}f} %", 100 - std::pow(10, 2 - nines), std::max(nines - 2, 0))});
  }
  chart.y = logarithmic_axis(lowest, highest, &axis_time);
  return figure("Response time by percentile", legend(keys), chart);
}

}  // namespace

std::string html_charts(const RunReport& run, const RunReport* other) {
  Runs runs{&run};
  if (other != nullptr) runs.push_back(other);
  auto html = over_time("Response time", runs,
                        {{"maximum", "c", [](const Interval& each) { return of_times(each, 100); }},
                         {"p99", "b", [](const Interval& each) { return of_times(each, 99); }},
                         {"p50", "a", [](const Interval& each) { return of_times(each, 50); }}},
                        true);
  html += percentiles(runs);
  html += over_time("Answers per second", runs,
                    {{"answered", "a", [](const Interval& each) { return per_second(each.answered(), each); }}}, false);
  html += over_time("Errors and losses per interval", runs,
                    {{"errors", "a", [](const Interval& each) { return static_cast<double>(each.errors); }},
                     {"lost", "b", [](const Interval& each) { return static_cast<double>(each.lost); }}},
                    false);
  if (run.send_lag || (other != nullptr && other->send_lag)) {
    html +=
        over_time("Send lag, the longest of each interval", runs,
                  {{"send lag", "a",
                    [](const Interval& each) {
                      return each.sent == 0 ? no_value : std::max(1.0, static_cast<double>(each.send_lag_max.count()));
                    }}},
                  true);
  }
  return html;
}

}  // namespace load
