#include "svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace load {
namespace {

constexpr double left_margin = 62;
constexpr double right_margin = 12;
constexpr double top_margin = 8;
constexpr double bottom_margin = 40;
constexpr double least_label_gap = 46;  // between the middles of labels below

// The distance between round values of which at most six fit into `range`: 1, 2 or 5 times a power of ten.
double round_step(double range) {
  const auto power = std::pow(10, std::floor(std::log10(range / 5)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (range / (factor * power) <= 5.001) return factor * power;
  }
  return 10 * power;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char each : text) {
    switch (each) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += each;
    }
  }
  return out;
}

SvgChart::Axis linear_axis(double highest, AxisText text) {
  if (!(highest > 0)) highest = 1;
  const auto step = round_step(highest);
  const auto steps = static_cast<int>(std::ceil(highest / step - 1e-9));
  SvgChart::Axis axis{0, steps * step, {}};
  for (int i = 0; i <= steps; ++i) axis.ticks.push_back({i * step, text(i * step)});
  return axis;
}

SvgChart::Axis logarithmic_axis(double lowest, double highest, AxisText text) {
  const auto first = static_cast<int>(std::floor(std::log10(lowest)));
  const auto last = std::max(static_cast<int>(std::ceil(std::log10(highest))), first + 1);
  SvgChart::Axis axis{static_cast<double>(first), static_cast<double>(last), {}};
  const bool few = last - first <= 2;
  for (int power = first; power <= last; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const auto at = power + std::log10(factor);
      if (at <= last && (factor == 1 || few)) axis.ticks.push_back({at, text(std::pow(10, power) * factor)});
    }
  }
  return axis;
}

std::string SvgChart::drawn(double width, double height, std::string_view style) const {
  const auto right = width - right_margin;
  const auto bottom = height - bottom_margin;
  const auto across = [&](double at) { return left_margin + (at - x.low) / (x.high - x.low) * (right - left_margin); };
  const auto up = [&](double at) {
    return bottom - (std::clamp(at, y.low, y.high) - y.low) / (y.high - y.low) * (bottom - top_margin);
  };
  auto svg = fmt::format("<svg class=\"{}\" viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-label=\"{}\">", style, width,
                         height, escaped(title));
  for (const auto& tick : y.ticks) {
    const auto at = up(tick.at);
    svg += fmt::format(
        "<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/><text class=\"right\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
        left_margin, at, right, left_margin - 8, at + 4, escaped(tick.text));
  }
  auto next_label = -least_label_gap;
  for (const auto& tick : x.ticks) {
    const auto at = across(tick.at);
    if (at < next_label || at > right + 1) continue;
    next_label = at + least_label_gap;
    svg += fmt::format(
        "<path class=\"grid\" d=\"M{:.1f} {:.1f}v4\"/><text class=\"middle\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", at,
        bottom, at, bottom + 18, escaped(tick.text));
  }
  svg += fmt::format("<text class=\"middle\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", (left_margin + right) / 2,
                     height - 4, escaped(x_name));
  for (const auto& line : lines) {
    std::string path;
    bool drawing = false;
    const Point* lone = nullptr;  // a piece of line of one point is a dot
    const auto end_piece = [&] {
      if (lone != nullptr) path += "h0.01";
      lone = nullptr;
    };
    for (const auto& point : line.points) {
      if (std::isnan(point.y)) {
        end_piece();
        drawing = false;
        continue;
      }
      path += fmt::format("{}{:.1f} {:.1f}", drawing ? "L" : "M", across(point.x), up(point.y));
      lone = drawing ? nullptr : &point;
      drawing = true;
    }
    end_piece();
    if (!path.empty()) svg += fmt::format("<path class=\"line {}\" d=\"{}\"/>", line.style, path);
  }
  for (const auto& hint : hints) {
    svg += fmt::format(
        "<rect class=\"hint\" x=\"{:.1f}\" y=\"{:g}\" width=\"{:.2f}\" height=\"{:g}\"><title>{}</title></rect>",
        across(hint.from), top_margin, across(hint.to) - across(hint.from), bottom - top_margin, escaped(hint.text));
  }
  return svg + "</svg>";
}

}  // namespace load
