#include "selftest.h"

#include <fmt/format.h>

#include "report_rows.h"

namespace load {

std::string report(const std::vector<SelfCheck>& checks) {
  std::string text = "eddy-load selftest\n\n";
  std::size_t failed = 0;
  for (const auto& each : checks) {
    text += row(each.name, (each.passed ? "ok: " : "FAILED: ") + each.figures);
    failed += each.passed ? 0 : 1;
  }
  return text + (failed == 0 ? "\nok: eddy-load measures right on this machine\n"
                             : fmt::format("\nFAILED: {} of {}: do not believe what it measures here\n", failed,
                                           checks.size()));
}

}  // namespace load
