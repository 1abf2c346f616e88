#include "progress.h"

#include <fmt/format.h>

#include "../text.h"

namespace load::chat {

Progress::Progress(eddy::Loop& loop, const Settings& settings, const Results& results)
    : loop_(loop), settings_(settings), results_(results), line_(loop, [this] { return text(); }) {}

void Progress::measuring(eddy::TimePoint since) {
  since_ = drawn_ = since;
  line_.draw();
}

std::string Progress::text() {
  if (since_ == eddy::never) {
    return fmt::format("joining  {} of {}", grouped(results_.joined), grouped(settings_.receivers));
  }
  const auto now = loop_.clock();
  const auto done = results_.done - drawn_done_;
  const auto rate = now > drawn_ ? static_cast<double>(done) / in_seconds(now - drawn_) : 0;
  drawn_ = now;
  drawn_done_ = results_.done;
  return fmt::format("{:.1f}/{:.0f} s  {} deliveries/s  p50 {}  p99 {}  max {}  errors {}", in_seconds(now - since_),
                     in_seconds(settings_.duration), grouped(static_cast<std::uint64_t>(rate)),
                     time_text(results_.delivery.percentile(50)), time_text(results_.delivery.percentile(99)),
                     time_text(results_.delivery.max()),
                     grouped(results_.lost + results_.wrong + total(results_.errors)));
}

}  // namespace load::chat
