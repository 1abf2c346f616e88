// Ledger: what all clients of one run share. They report here what happens to them; it counts, and tells the run when
// there is something to decide. Belongs to the loop's thread.
#pragma once

#include <reactor/callback.h>
#include <reactor/loop.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "output/series_recorder.h"
#include "results.h"
#include "settings.h"

namespace load {

class Ledger {
 public:
  // `changed` runs as a task of the loop after a connection opened, failed or ended, after an error or a loss, and when
  // the last outstanding answer is in.
  Ledger(eddy::Loop& loop, const Settings& with, Results& into, std::vector<std::string> connect_to,
         eddy::Callback<void()> changed);

  eddy::Loop& loop;
  const Settings& settings;
  Results& results;
  SeriesRecorder series;
  // What client `number` connects to, and from; servers in turn, and source addresses in turn with each. A shard uses
  // all of them, too, and each shard begins with another server.
  const std::string& target(std::size_t number) const { return targets_[target_index(number)]; }
  void pin_target(std::size_t number, const eddy::Address& reached);  // where a name's first connection got through
  const std::string* source(std::size_t number) const {
    const auto& sources = settings.sources;
    return sources.empty() ? nullptr : &sources[of_own(number) / targets_.size() % sources.size()];
  }
  bool sending = false;        // closed model: an answer is followed by the next message
  std::size_t most_in_flight;  // on each connection

  std::uint64_t outstanding() const { return outstanding_; }  // sent, neither answered nor given up
  std::size_t opening() const { return opening_; }            // clients that are connecting
  std::size_t open() const { return open_; }                  // clients that are connected
  eddy::TimePoint last_answer() const { return last_answer_; }

  // Connections
  void opening_one() { ++opening_; }
  void opened();
  void open_failed(const std::string& why);
  void closed();

  // Messages
  void began(std::uint64_t count) {
    results.sent += count;
    outstanding_ += count;
  }
  void answered(eddy::TimePoint due, eddy::TimePoint sent, eddy::TimePoint now) {
    ++results.answered;
    results.response.record(now - due);
    results.service.record(now - sent);
    series.answered(now - due, now);
    last_answer_ = now;
    settled(1);
  }
  void lagged(eddy::Duration lag) {  // open model: a message was sent so long after it was due
    results.send_lag.record(lag);
    series.lagged(lag);
  }
  void lost(std::uint64_t count);
  void never_sent(std::uint64_t count);  // begun, but their connection did not get to them
  void answered_late(eddy::TimePoint due, eddy::TimePoint sent, eddy::TimePoint now);  // after lost()
  void corrupt(const Corruption& what);
  void wrong(const std::string& kind, const std::string& example);  // an answer that is not the one expected
  // `count` messages need no answer any more.
  void settled(std::uint64_t count) {
    outstanding_ -= count;
    if (outstanding_ == 0 && !sending) tell();
  }
  void error(const std::string& kind);

  // Room to put one piece of output together, for the length of one call.
  std::span<std::byte> scratch(std::size_t size) { return {scratch_.data(), size}; }
  static constexpr std::size_t scratch_size = 64 * 1024;

 private:
  std::size_t of_own(std::size_t number) const { return number / settings.shard.of; }
  std::size_t target_index(std::size_t number) const {
    return (of_own(number) + number % settings.shard.of) % targets_.size();
  }

  void tell();

  std::vector<std::string> targets_;
  std::vector<bool> pinned_;  // of these
  eddy::Callback<void()> changed_;
  bool telling_ = false;
  std::uint64_t outstanding_ = 0;
  std::size_t opening_ = 0;
  std::size_t open_ = 0;
  eddy::TimePoint last_answer_{};
  std::vector<std::byte> scratch_;
};

}  // namespace load
