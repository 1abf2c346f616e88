#include "ledger.h"

#include <limits>
#include <utility>

namespace load {

Ledger::Ledger(eddy::Loop& on, const Settings& with, Results& into, std::vector<std::string> connect_to,
               eddy::Callback<void()> changed)
    : loop(on),
      settings(with),
      results(into),
      series(on, into, with.outputs.interval_or_default(with.duration)),
      most_in_flight(with.rate ? with.pipeline.value_or(std::numeric_limits<std::size_t>::max())
                               : with.pipeline.value_or(1)),
      targets_(std::move(connect_to)),
      pinned_(targets_.size()),
      changed_(std::move(changed)),
      scratch_(scratch_size) {}

void Ledger::pin_target(std::size_t number, const eddy::Address& reached) {
  const auto which = target_index(number);
  if (pinned_[which]) return;
  pinned_[which] = true;
  targets_[which] = reached.to_string();
}

void Ledger::opened() {
  --opening_;
  ++open_;
  ++results.connected;
  tell();
}

void Ledger::open_failed(const std::string& why) {
  --opening_;
  ++results.connect_failures[why];
  tell();
}

void Ledger::closed() {
  --open_;
  tell();
}

void Ledger::lost(std::uint64_t count) {
  if (count == 0) return;
  results.lost += count;
  settled(count);
  tell();
}

void Ledger::never_sent(std::uint64_t count) {
  if (count == 0) return;
  results.sent -= count;
  results.unsent += count;
  settled(count);
  tell();
}

void Ledger::answered_late(eddy::TimePoint due, eddy::TimePoint sent, eddy::TimePoint now) {
  --results.lost;
  ++results.late;
  ++results.answered;
  results.response.record(now - due);
  results.service.record(now - sent);
  series.answered(now - due, now);
  last_answer_ = now;
}

void Ledger::corrupt(const Corruption& what) {
  ++results.corrupt;
  if (results.corruptions.size() < most_corruptions) results.corruptions.push_back(what);
}

void Ledger::wrong(const std::string& kind, const std::string& example) {
  auto& known = results.wrong[kind];
  if (known.count++ == 0) known.first = example;
}

void Ledger::error(const std::string& kind) {
  ++results.errors[kind];
  tell();
}

// Posted, so that the run decides outside every client's callbacks.
void Ledger::tell() {
  if (std::exchange(telling_, true)) return;
  loop.post([this] {
    telling_ = false;
    changed_();
  });
}

}  // namespace load
