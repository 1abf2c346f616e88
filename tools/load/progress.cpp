#include "progress.h"

#include <apps/cli/to_stderr.h>
#include <fmt/format.h>

#include <chrono>

#include "text.h"

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr auto interval = 250ms;
constexpr std::string_view wipe = "\r\x1b[K";

}  // namespace

Progress::Progress(const Ledger& ledger) : ledger_(ledger), timer_(ledger.loop, [this] { draw(); }) {
  timer_.start_every(interval);
}

Progress::~Progress() { cli::to_stderr(wipe); }

void Progress::measuring(eddy::TimePoint since) {
  since_ = drawn_ = since;
  draw();
}

void Progress::draw() {
  // Kept below 80 columns, so that it stays one line.
  cli::to_stderr(fmt::format("{}{:.79}", wipe, line()));
}

std::string Progress::line() {
  const auto& results = ledger_.results;
  if (since_ == eddy::never) {
    return fmt::format("connecting  {} of {}", grouped(results.connected), grouped(ledger_.settings.connections));
  }
  const auto now = ledger_.loop.clock();
  const auto answered = results.answered - drawn_answered_;
  const auto rate = now > drawn_ ? static_cast<double>(answered) / in_seconds(now - drawn_) : 0;
  drawn_ = now;
  drawn_answered_ = results.answered;
  std::uint64_t errors = results.lost + results.corrupt + results.surplus;
  for (const auto& [kind, count] : results.errors) errors += count;
  return fmt::format("{:.1f}/{:.0f} s  {} msg/s  p50 {}  p99 {}  max {}  errors {}", in_seconds(now - since_),
                     in_seconds(ledger_.settings.duration), grouped(static_cast<std::uint64_t>(rate)),
                     time_text(results.latency.percentile(50)), time_text(results.latency.percentile(99)),
                     time_text(results.latency.max()), grouped(errors));
}

}  // namespace load
