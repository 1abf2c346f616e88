#include "progress.h"

#include <fmt/format.h>

#include <chrono>

#include "text.h"

namespace load {

Progress::Progress(const Ledger& ledger) : ledger_(ledger), line_(ledger.loop, [this] { return text(); }) {}

void Progress::measuring(eddy::TimePoint since) {
  since_ = drawn_ = since;
  line_.draw();
}

std::string Progress::text() {
  const auto& results = ledger_.results;
  if (since_ == eddy::never) {
    return fmt::format("connecting  {} of {}", grouped(results.connected), grouped(ledger_.settings.connections));
  }
  const auto now = ledger_.loop.clock();
  const auto answered = results.answered - drawn_answered_;
  const auto rate = now > drawn_ ? static_cast<double>(answered) / in_seconds(now - drawn_) : 0;
  drawn_ = now;
  drawn_answered_ = results.answered;
  const auto errors = results.lost + results.corrupt + results.surplus + total(results.errors);
  return fmt::format("{:.1f}/{:.0f} s  {} msg/s  p50 {}  p99 {}  max {}  errors {}", in_seconds(now - since_),
                     in_seconds(ledger_.settings.duration), grouped(static_cast<std::uint64_t>(rate)),
                     time_text(results.response.percentile(50)), time_text(results.response.percentile(99)),
                     time_text(results.response.max()), grouped(errors));
}

}  // namespace load
