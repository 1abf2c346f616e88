#include "slice.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "output/server_cpu.h"

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_opening = 256;   // by all slices
constexpr auto closing_patience = 2s;       // for servers that do not answer a FIN with theirs
constexpr auto straggler_patience = 250ms;  // for a second answer to the last datagrams

}  // namespace

Slice::Slice(eddy::Loop& loop, const Settings& settings, std::vector<std::string> targets, bool datagrams, Share share,
             Events events)
    : loop_(loop),
      settings_(settings),
      share_(share),
      events_(std::move(events)),
      ledger_(loop, settings, results_, std::move(targets), [this] { step(); }),
      hostile_(ledger_, share),
      timer_(loop, [this] { time_is_up(); }) {
  results_.driver = loop_.driver().name;
  results_.datagrams = datagrams;
  clients_.resize(static_cast<std::size_t>(share.count(settings.connections)));
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i] = make_client(ledger_, static_cast<std::size_t>(share.item(i)),
                              datagrams ? eddy::Transport::udp : eddy::Transport::tcp);
  }
  // With several slices each would show its own part.
  if (settings.threads == 1 && (settings.progress || settings.outputs.live))
    progress_.emplace(ledger_, settings.progress);
  if (settings.outputs.prometheus) metrics_.emplace(ledger_, *settings.outputs.prometheus);
  loop_.post([this] {
    hostile_.open();
    open_more();
  });
}

void Slice::step() {
  switch (phase_) {
    case Phase::connect: return open_more();
    case Phase::measure:
      // With several slices others go on, and what this one cannot send is counted as it becomes due.
      if ((ledger_.open() == 0 && (settings_.threads == 1 || !pacer_)) || nobody_answers()) settle();
      return;
    case Phase::settle:
      if (ledger_.outstanding() == 0) close();
      return;
    case Phase::close:
      if (ledger_.open() == 0) over();
      return;
    case Phase::ready:
    case Phase::over: return;
  }
}

// ---- connect

void Slice::open_more() {
  if (phase_ != Phase::connect) return;
  if (settings_.ramp && !ramp_) {
    ramp_.emplace(loop_.clock(), *settings_.ramp, 1, settings_.duration, Arrival{}, settings_.seed, share_);
  }
  while (next_to_open_ < clients_.size() && may_open()) clients_[next_to_open_++]->open();
  if (next_to_open_ == clients_.size() && ledger_.opening() == 0) ready();
}

bool Slice::may_open() {
  if (ledger_.opening() >= std::max<std::size_t>(most_opening / settings_.threads, 1)) return false;
  if (!ramp_ || ramp_->due(next_to_open_) <= loop_.clock()) return true;
  timer_.start_at(ramp_->due(next_to_open_));
  return false;
}

void Slice::ready() {
  phase_ = Phase::ready;
  timer_.cancel();
  for (const auto& client : clients_) {
    if (client->is_open()) measured_.push_back(client.get());
  }
  if (settings_.rate) {
    schedule_.emplace(eddy::TimePoint{}, *settings_.rate, std::max<std::size_t>(measured_.size(), 1),
                      settings_.duration, settings_.arrival.value_or(Arrival{}), settings_.seed, share_);
  }
  events_.ready();
}

// ---- measure

void Slice::measure(eddy::TimePoint start) {
  if (phase_ != Phase::ready) return;
  phase_ = Phase::measure;
  cpu_before_ = cpu_time();
  lag_before_ = loop_.stats().lag;
  results_.started_at = std::chrono::system_clock::now();
  server_cpu_before_ = server_cpu();
  bytes_in_before_ = bytes_in();
  bytes_out_before_ = bytes_out();
  started_ = start;
  ledger_.series.start(started_);
  timer_.start_at(eddy::deadline_after(started_, settings_.duration));
  if (progress_) progress_->measuring(started_);
  if (!schedule_) {
    begin_closed_model();
  } else {
    schedule_->begin_at(started_);
    pacer_.emplace(
        loop_, *schedule_,
        [this](std::uint64_t message, eddy::TimePoint due, eddy::TimePoint now) { send_planned(message, due, now); },
        [this] {
          if (time_up_) settle();
        });
  }
  step();
}

void Slice::begin_closed_model() {
  ledger_.sending = true;
  const auto in_flight = settings_.pipeline.value_or(1);
  for (std::size_t i = 0; i < measured_.size(); ++i) {
    const auto now = loop_.clock();
    if (!measured_[i]->is_open()) continue;  // ended meanwhile, and counted
    if (!settings_.think) {
      measured_[i]->begin(in_flight, now, now);
    } else {  // so that not all of them think and ask at the same time
      const auto phase = static_cast<double>(share_.item(i)) / static_cast<double>(settings_.connections);
      measured_[i]->begin_in(std::chrono::duration_cast<eddy::Duration>(*settings_.think * phase), in_flight);
    }
  }
}

void Slice::send_planned(std::uint64_t message, eddy::TimePoint due, eddy::TimePoint now) {
  results_.own_lag.record(now - due);
  if (measured_.empty()) {
    ++results_.unsent;
    return;
  }
  auto& client = *measured_[schedule_->connection(message)];
  if (!client.is_open()) {
    ++results_.unsent;
  } else if (client.in_flight() < ledger_.most_in_flight) {
    client.begin(1, due, now);
  } else {
    overload(client, due, now);
  }
}

void Slice::overload(Client& client, eddy::TimePoint due, eddy::TimePoint now) {
  switch (settings_.overload.value_or(Overload::queue)) {
    case Overload::queue: return client.begin(1, due, now);
    case Overload::drop: ++results_.dropped; return;
    case Overload::throttle: ++results_.throttled; return client.begin(1, Client::when_sent, now);
  }
}

bool Slice::nobody_answers() const {
  return results_.datagrams && results_.answered == 0 && results_.lost > 0 && !results_.errors.empty();
}

// ---- settle and close

void Slice::time_is_up() {
  switch (phase_) {
    case Phase::connect: return open_more();
    case Phase::measure: {
      // All that was due by now is sent first, however late, but for what not even the grace is enough for.
      const bool in_time = !std::exchange(time_up_, true);
      if (pacer_ && !pacer_->done() && in_time) return timer_.start(settings_.grace);
      return settle();
    }
    case Phase::settle: return close();
    case Phase::close: return abort_all();
    case Phase::ready:
    case Phase::over: return;
  }
}

void Slice::settle() {
  phase_ = Phase::settle;
  stopped_ = loop_.clock();
  ledger_.sending = false;
  if (pacer_) {
    pacer_->stop();
    // Nobody is left to send it when all connections ended: that is not this program's fault.
    const auto left = schedule_->due_by(stopped_) - pacer_->sent();
    results_.unsent += left;
    if (ledger_.open() > 0) results_.unreached = left;
  }
  timer_.start(settings_.grace);
  step();
}

void Slice::close() {
  phase_ = Phase::close;
  take_figures();
  timer_.start(results_.datagrams ? straggler_patience : closing_patience);
  if (!results_.datagrams) {
    for (auto* client : measured_) client->finish();
  }
  step();
}

void Slice::abort_all() {
  for (auto* client : measured_) client->abort();
}

void Slice::over() {
  phase_ = Phase::over;
  timer_.cancel();
  ledger_.series.finish(started_ + results_.elapsed);
  events_.done();
}

void Slice::interrupt() {
  if (phase_ == Phase::over) return;
  const bool again = std::exchange(results_.interrupted, true);
  if (phase_ == Phase::measure) return settle();
  if ((phase_ == Phase::settle || phase_ == Phase::close) && !again) return;  // is ending already
  if (phase_ == Phase::settle) close();
  abort_all();
  if (phase_ != Phase::over) over();
}

void Slice::take_figures() {
  const auto until = std::max(stopped_, ledger_.last_answer());
  results_.elapsed = until - started_;
  results_.cpu = cpu_time() - cpu_before_;
  results_.loop_lag = LoopLag(lag_before_, loop_.stats().lag);
  const auto server = server_cpu();
  if (server_cpu_before_ && server) results_.server_cpu = *server - *server_cpu_before_;
  results_.bytes_in = bytes_in() - bytes_in_before_;
  results_.bytes_out = bytes_out() - bytes_out_before_;
  hostile_.stop();
}

std::uint64_t Slice::bytes_in() const {
  return loop_.stats().bytes_in - hostile_.bytes_in() - (metrics_ ? metrics_->bytes_in() : 0);
}

std::uint64_t Slice::bytes_out() const {
  return loop_.stats().bytes_out - hostile_.bytes_out() - (metrics_ ? metrics_->bytes_out() : 0);
}

// Asked for once, by the first slice.
std::optional<CpuTime> Slice::server_cpu() const {
  const bool first = share_.index < settings_.shard.of;
  if (!settings_.outputs.server_pid || !first) return {};
  try {
    return server_cpu_time(*settings_.outputs.server_pid);
  } catch (const std::runtime_error&) {
    return {};  // it ran when the settings were checked, and has ended
  }
}

}  // namespace load
