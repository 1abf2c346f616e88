// SvgChart: a chart of lines as inline SVG, that the style of the page colours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace load {

// Text in HTML or SVG.
std::string escaped(std::string_view text);

struct SvgChart {
  struct Tick {
    double at;
    std::string text;
  };
  struct Axis {
    double low = 0;  // less than high
    double high = 1;
    std::vector<Tick> ticks = {};
  };
  struct Point {
    double x;
    double y;  // not a number: the line is interrupted
  };
  struct Line {
    std::string style;  // its class
    std::vector<Point> points;
  };
  struct Hint {  // shown where the pointer is, between two values of x
    double from;
    double to;
    std::string text;
  };

  std::string title = {};  // for those who do not see it
  Axis x = {};
  Axis y = {};
  std::string x_name = {};
  std::vector<Line> lines = {};
  std::vector<Hint> hints = {};

  std::string drawn(double width, double height, std::string_view style) const;
};

using AxisText = std::string (*)(double value);

// Round values from 0 to `highest` or just above.
SvgChart::Axis linear_axis(double highest, AxisText text);
// For logarithms to the base 10 of values from `lowest` to `highest`, both more than 0.
SvgChart::Axis logarithmic_axis(double lowest, double highest, AxisText text);

}  // namespace load
