#include "line_options.h"

#include <apps/cli/program.h>

namespace load {
namespace {

bool ends_lines(char c) { return c == '\r' || c == '\n'; }

}  // namespace

void check(const LineOptions& options) {
  if (options.request.source().empty()) throw cli::UsageError("--request: expected the line to send");
  if (options.request.find(ends_lines)) {
    throw cli::UsageError("--request " + options.request.source() + ": expected one line, without its end");
  }
  if (options.expect && options.expect_pattern) {
    throw cli::UsageError("--expect-regex " + options.expect_pattern->source() + ": expected without --expect");
  }
  if (options.expect && options.expect->find(ends_lines)) {
    throw cli::UsageError("--expect " + options.expect->source() + ": expected one line, without its end");
  }
}

}  // namespace load
