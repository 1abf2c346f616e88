// What `eddy-load line` asks and expects.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "line_pattern.h"
#include "template.h"

namespace load {

struct LineOptions {
  Template request;                     // without the line's end
  std::string_view newline = "\r\n";    // after it
  std::optional<Template> expect = {};  // the whole answer, without its end; unset: any line is right
  std::optional<LinePattern> expect_pattern = {};

  // Of an answer, without its end.
  std::size_t longest_answer() const { return expect_pattern ? LinePattern::longest_line : 64 * 1024; }
};

// Throws cli::UsageError.
void check(const LineOptions& options);

}  // namespace load
