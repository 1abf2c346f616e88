#include "run.h"

#include <fmt/format.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "client.h"
#include "ledger.h"
#include "output/metrics_server.h"
#include "output/server_cpu.h"
#include "pacer.h"
#include "process.h"
#include "progress.h"
#include "text.h"

namespace load {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_opening = 256;
constexpr auto closing_patience = 2s;       // for servers that do not answer a FIN with theirs
constexpr auto straggler_patience = 250ms;  // for a second answer to the last datagrams

class Run {
 public:
  Run(const Settings& settings, const std::vector<eddy::Address>& targets);
  Results go();

 private:
  enum class Phase { connect, measure, settle, close };

  void step();  // looks whether the phase is over
  void open_more();
  void measure();
  void send_planned(std::uint64_t message, eddy::TimePoint due, eddy::TimePoint now);
  void time_is_up();
  void settle();
  void close();
  void abort_all();
  void interrupt();
  void take_figures();
  std::optional<CpuTime> server_cpu() const;
  std::uint64_t bytes_in() const { return loop_.stats().bytes_in - (metrics_ ? metrics_->bytes_in() : 0); }
  std::uint64_t bytes_out() const { return loop_.stats().bytes_out - (metrics_ ? metrics_->bytes_out() : 0); }
  bool nobody_answers() const;

  const Settings& settings_;
  Results results_;
  eddy::Transport transport_;
  eddy::Loop loop_;
  Ledger ledger_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Client*> measured_;  // those that had opened when the measured phase began
  std::size_t next_to_open_ = 0;

  Phase phase_ = Phase::connect;
  eddy::Timer timer_;  // of the phase
  bool time_up_ = false;
  eddy::TimePoint started_{};
  eddy::TimePoint stopped_{};  // sending
  std::uint64_t bytes_in_before_ = 0;
  std::uint64_t bytes_out_before_ = 0;
  CpuTime cpu_before_;
  std::optional<CpuTime> server_cpu_before_;
  std::optional<Schedule> schedule_;
  std::optional<Pacer> pacer_;
  std::optional<Progress> progress_;
  std::optional<MetricsServer> metrics_;
};

Run::Run(const Settings& settings, const std::vector<eddy::Address>& targets)
    : settings_(settings),
      transport_(targets.front().transport()),
      loop_({.driver = settings.driver}),
      ledger_(loop_, settings, results_,
              targets.size() == 1 || !targets.front().is_stream() ? targets.front().to_string() : settings.url,
              [this] { step(); }),
      timer_(loop_, [this] { time_is_up(); }) {
  results_.target = settings.url;
  results_.driver = loop_.driver().name;
  results_.datagrams = !targets.front().is_stream();
  clients_.reserve(settings.connections);
  for (std::size_t i = 0; i < settings.connections; ++i) clients_.push_back(make_client(ledger_, i, transport_));
  for (const int signal : {SIGINT, SIGTERM}) loop_.on_signal(signal, [this](int) { interrupt(); });
  if (settings.progress || settings.outputs.live) progress_.emplace(ledger_, settings.progress);
  if (settings.outputs.prometheus) metrics_.emplace(ledger_, *settings.outputs.prometheus);
}

Results Run::go() {
  loop_.post([this] { open_more(); });
  loop_.run();
  progress_.reset();
  ledger_.series.finish(started_ + results_.elapsed);
  if (results_.connected == 0 && !results_.interrupted) {
    const auto& [why, count] = *results_.connect_failures.begin();
    throw std::runtime_error(
        fmt::format("{}: no connection: {} ({} of {})", settings_.url, why, count, settings_.connections));
  }
  if (results_.datagrams && results_.sent > 0 && results_.answered == 0 && results_.corrupt == 0 &&
      !results_.interrupted) {
    const auto why =
        results_.errors.empty() ? std::string("no error was reported either") : results_.errors.begin()->first;
    throw std::runtime_error(fmt::format("{}: nobody answered any of {}: {}", settings_.url,
                                         counted(results_.sent, "datagram", "datagrams"), why));
  }
  return std::move(results_);
}

void Run::step() {
  switch (phase_) {
    case Phase::connect: return open_more();
    case Phase::measure:
      if (ledger_.open() == 0 || nobody_answers()) settle();
      return;
    case Phase::settle:
      if (ledger_.outstanding() == 0) close();
      return;
    case Phase::close:
      if (ledger_.open() == 0) loop_.stop();
      return;
  }
}

// ---- connect

void Run::open_more() {
  while (next_to_open_ < clients_.size() && ledger_.opening() < most_opening) clients_[next_to_open_++]->open();
  if (next_to_open_ < clients_.size() || ledger_.opening() > 0) return;
  if (ledger_.open() == 0) return loop_.stop();
  measure();
}

// ---- measure

void Run::measure() {
  phase_ = Phase::measure;
  for (const auto& client : clients_) {
    if (client->is_open()) measured_.push_back(client.get());
  }
  cpu_before_ = cpu_time();
  results_.started_at = std::chrono::system_clock::now();
  server_cpu_before_ = server_cpu();
  bytes_in_before_ = bytes_in();
  bytes_out_before_ = bytes_out();
  started_ = loop_.clock();
  timer_.start_at(eddy::deadline_after(started_, settings_.duration));
  ledger_.series.start(started_);
  if (progress_) progress_->measuring(started_);
  if (settings_.rate) {
    schedule_.emplace(started_, *settings_.rate, measured_.size(), settings_.duration);
    pacer_.emplace(
        loop_, *schedule_,
        [this](std::uint64_t message, eddy::TimePoint due, eddy::TimePoint now) { send_planned(message, due, now); },
        [this] {
          if (time_up_) settle();
        });
    return;
  }
  ledger_.sending = true;
  for (auto* client : measured_) {
    const auto now = loop_.clock();
    client->begin(settings_.pipeline.value_or(1), now, now);
  }
}

void Run::send_planned(std::uint64_t message, eddy::TimePoint due, eddy::TimePoint now) {
  auto& client = *measured_[schedule_->connection(message)];
  if (client.is_open()) {
    client.begin(1, due, now);
  } else {
    ++results_.unsent;
  }
}

bool Run::nobody_answers() const {
  return results_.datagrams && results_.answered == 0 && results_.lost > 0 && !results_.errors.empty();
}

// ---- settle and close

void Run::time_is_up() {
  if (phase_ == Phase::measure) {
    // All that was due by now is sent first, however late, but for what not even the grace is enough for.
    const bool in_time = !std::exchange(time_up_, true);
    if (pacer_ && !pacer_->done() && in_time) return timer_.start(settings_.grace);
    settle();
  } else if (phase_ == Phase::settle) {
    close();
  } else {
    abort_all();
  }
}

void Run::settle() {
  phase_ = Phase::settle;
  stopped_ = loop_.clock();
  ledger_.sending = false;
  if (pacer_) {
    pacer_->stop();
    results_.unsent += schedule_->due_by(stopped_) - pacer_->sent();
  }
  timer_.start(settings_.grace);
  step();
}

void Run::close() {
  phase_ = Phase::close;
  take_figures();
  timer_.start(results_.datagrams ? straggler_patience : closing_patience);
  if (!results_.datagrams) {
    for (auto* client : measured_) client->finish();
  }
  step();
}

void Run::abort_all() {
  for (auto* client : measured_) client->abort();
}

void Run::interrupt() {
  const bool again = std::exchange(results_.interrupted, true);
  if (phase_ == Phase::measure) return settle();
  if (phase_ != Phase::connect && !again) return;  // is ending already
  if (phase_ == Phase::settle) close();
  abort_all();
  loop_.stop();
}

void Run::take_figures() {
  const auto until = std::max(stopped_, ledger_.last_answer());
  results_.elapsed = until - started_;
  results_.cpu = cpu_time() - cpu_before_;
  const auto server = server_cpu();
  if (server_cpu_before_ && server) results_.server_cpu = *server - *server_cpu_before_;
  results_.bytes_in = bytes_in() - bytes_in_before_;
  results_.bytes_out = bytes_out() - bytes_out_before_;
}

std::optional<CpuTime> Run::server_cpu() const {
  if (!settings_.outputs.server_pid) return {};
  try {
    return server_cpu_time(*settings_.outputs.server_pid);
  } catch (const std::runtime_error&) {
    return {};  // it ran when the settings were checked, and has ended
  }
}

}  // namespace

Results run(const Settings& settings, const std::vector<eddy::Address>& targets) {
  need_sockets(settings.connections);
  return Run(settings, targets).go();
}

}  // namespace load
