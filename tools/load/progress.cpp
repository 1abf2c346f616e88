#include "progress.h"

#include <apps/cli/to_stderr.h>
#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "output/sparkline.h"
#include "text.h"

namespace load {
namespace {

constexpr std::size_t most_columns = 40;

std::string rate_text(double rate) { return grouped(static_cast<std::uint64_t>(rate)); }

}  // namespace

Progress::Progress(Ledger& ledger, bool terminal) : ledger_(ledger), unicode_(shows_unicode()) {
  ledger_.series.on_interval([this](const Interval& interval) { interval_ended(interval); });
  if (terminal) line_.emplace(ledger_.loop, [this] { return text(); });
}

Progress::~Progress() { ledger_.series.on_interval({}); }

void Progress::measuring(eddy::TimePoint since) {
  since_ = drawn_ = since;
  if (line_) line_->draw();
}

void Progress::interval_ended(const Interval& interval) {
  const auto& response = interval.response;
  columns_.push_back({.rate = static_cast<double>(interval.answered()) / in_seconds(interval.length),
                      .p50 = response.percentile(50),
                      .p99 = response.percentile(99),
                      .max = response.percentile(100),
                      .send_lag = interval.send_lag_max});
  if (columns_.size() > most_columns) columns_.pop_front();
  if (line_) return;
  const auto& now = columns_.back();
  cli::to_stderr(fmt::format("{}  p50 {}  p99 {}  max {}\n", head(now.rate, now.send_lag), time_text(now.p50),
                             time_text(now.p99), time_text(now.max)));
}

std::string Progress::text() {
  const auto& results = ledger_.results;
  if (since_ == eddy::never) {
    const auto wanted = ledger_.settings.own_connections();
    if (const auto at = ledger_.settings.at; at && results.connected == wanted) {
      return fmt::format("connected  {}; begins at {}", grouped(wanted), to_string(*at));
    }
    return fmt::format("connecting  {} of {}", grouped(results.connected), grouped(wanted));
  }
  const auto now = ledger_.loop.clock();
  const auto answered = results.answered - drawn_answered_;
  const auto rate = now > drawn_ ? static_cast<double>(answered) / in_seconds(now - drawn_) : 0;
  drawn_ = now;
  drawn_answered_ = results.answered;
  auto text = head(rate, columns_.empty() ? eddy::Duration(0) : columns_.back().send_lag);
  if (columns_.empty()) return text;
  const auto add = [&](const char* name, auto value, const std::string& last) {
    std::vector<double> values;
    for (const auto& column : columns_) values.push_back(value(column));
    text += fmt::format("\n  {:<4} {:>10}  {}", name, last, sparkline(values, unicode_));
  };
  const auto& last = columns_.back();
  add(
      "rate", [](const Column& each) { return each.rate; }, rate_text(last.rate) + "/s");
  add(
      "p50", [](const Column& each) { return static_cast<double>(each.p50.count()); }, time_text(last.p50));
  add(
      "p99", [](const Column& each) { return static_cast<double>(each.p99.count()); }, time_text(last.p99));
  add(
      "max", [](const Column& each) { return static_cast<double>(each.max.count()); }, time_text(last.max));
  return text;
}

std::string Progress::head(double rate, eddy::Duration send_lag) const {
  const auto& results = ledger_.results;
  auto text =
      fmt::format("{:.1f}/{:.0f} s  {} msg/s  errors {}", in_seconds(ledger_.loop.clock() - since_),
                  in_seconds(ledger_.settings.duration), rate_text(rate), grouped(results.lost + troubles(results)));
  if (ledger_.settings.rate) text += "  send lag " + time_text(send_lag);
  return text;
}

}  // namespace load
