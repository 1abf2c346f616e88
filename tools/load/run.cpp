#include "run.h"

#include <apps/cli/program.h>
#include <fmt/format.h>
#include <reactor/datagram.h>
#include <reactor/loop_pool.h>
#include <reactor/timer.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "preflight.h"
#include "slice.h"
#include "sources.h"
#include "text.h"

namespace load {
namespace {

// A name that has several addresses is tried from one to the next at each connect.
std::string where(const std::vector<eddy::Address>& addresses, const std::string& url) {
  return addresses.size() == 1 || !addresses.front().is_stream() ? addresses.front().to_string() : url;
}

class Run {
 public:
  Run(const Settings& settings, const std::vector<eddy::Address>& targets);
  Results go();

 private:
  void all_ready();
  void await_start();
  void measure(eddy::TimePoint start);
  void interrupt();
  Results merged() const;

  const Settings& settings_;
  eddy::LoopPool pool_;
  std::vector<std::unique_ptr<Slice>> slices_;
  std::atomic<std::size_t> opening_;  // slices
  std::atomic<std::size_t> running_;
  eddy::Timer start_;             // of the first loop
  eddy::Duration began_late_{0};  // by Settings::at; the first loop's
};

Run::Run(const Settings& settings, const std::vector<eddy::Address>& targets)
    : settings_(settings),
      pool_(settings.threads, {.driver = settings.driver}),
      opening_(settings.threads),
      running_(settings.threads),
      start_(pool_[0], [this] { await_start(); }) {
  std::vector<std::string> urls{where(targets, settings.url)};
  for (const auto& url : settings.more_urls) urls.push_back(where(check_target(url), url));
  for (std::size_t i = 0; i < settings.threads; ++i) {
    slices_.push_back(std::make_unique<Slice>(pool_[i], settings, urls, !targets.front().is_stream(),
                                              settings.shard.part(i, settings.threads),
                                              Slice::Events{.ready =
                                                                [this] {
                                                                  if (opening_.fetch_sub(1) == 1) all_ready();
                                                                },
                                                            .done =
                                                                [this] {
                                                                  if (running_.fetch_sub(1) == 1) pool_.stop();
                                                                }}));
  }
  for (const int signal : {SIGINT, SIGTERM}) pool_.on_signal(signal, [this](int) { interrupt(); });
}

// By whichever slice was the last.
void Run::all_ready() {
  if (!settings_.at) return measure(std::chrono::time_point_cast<eddy::Duration>(std::chrono::steady_clock::now()));
  pool_.remote(0).post([this] {
    const auto late = std::chrono::duration_cast<eddy::Duration>(std::chrono::system_clock::now() - *settings_.at);
    began_late_ = std::max(late, eddy::Duration::zero());
    await_start();
  });
}

void Run::await_start() {
  const auto left = std::chrono::duration_cast<eddy::Duration>(*settings_.at - std::chrono::system_clock::now());
  if (left <= eddy::Duration::zero()) return measure(pool_[0].clock());
  // Asked again shortly before: the wall clock may be set meanwhile.
  start_.start(left > std::chrono::seconds(2) ? left - std::chrono::seconds(1) : left);
}

void Run::measure(eddy::TimePoint start) {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    pool_.remote(i).post([slice = slices_[i].get(), start] { slice->measure(start); });
  }
}

void Run::interrupt() {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    pool_.remote(i).post([slice = slices_[i].get()] { slice->interrupt(); });
  }
}

Results Run::merged() const {
  auto results = slices_.front()->results();
  for (std::size_t i = 1; i < slices_.size(); ++i) merge(results, slices_[i]->results());
  results.began_late = began_late_;
  results.target = settings_.url;
  for (const auto& url : settings_.more_urls) results.target += " " + url;
  return results;
}

Results Run::go() {
  pool_.run();
  auto results = merged();
  if (results.connected == 0 && !results.interrupted) {
    const auto& [why, count] = *results.connect_failures.begin();
    throw std::runtime_error(
        fmt::format("{}: no connection: {} ({} of {})", results.target, why, count, settings_.own_connections()));
  }
  if (results.datagrams && results.sent > 0 && results.answered == 0 && results.corrupt == 0 && !results.interrupted) {
    const auto why =
        results.errors.empty() ? std::string("no error was reported either") : results.errors.begin()->first;
    throw std::runtime_error(fmt::format("{}: nobody answered any of {}: {}", results.target,
                                         counted(results.sent, "datagram", "datagrams"), why));
  }
  return results;
}

// An address that is not this machine's fails at each connect in the same way as when ports have run out.
void check_sources(const Settings& settings) {
  struct Nobody {
    void on_datagram(eddy::DatagramSocket& /*socket*/, eddy::Bytes /*in*/, const eddy::Address& /*from*/) {}
  };
  if (settings.sources.empty()) return;
  eddy::Loop loop({.driver = settings.driver});
  for (const auto& source : settings.sources) {
    try {
      const eddy::Datagram<Nobody> bound{loop, source_url("udp", source)};
    } catch (const std::system_error& error) {
      throw cli::UsageError(
          fmt::format("--source {}: expected an address of this machine: {}", source, error.code().message()));
    }
  }
}

}  // namespace

void prepare(const Settings& settings, const std::vector<eddy::Address>& targets) {
  preflight(settings, targets, capacity_of_this_machine(settings));
  check_sources(settings);
  // What need not be can still be had: as many again, for what lingers.
  need_sockets(std::max(settings.descriptors(), std::min(2 * settings.sockets(), most_sockets())));
}

Results run(const Settings& settings, const std::vector<eddy::Address>& targets) {
  prepare(settings, targets);
  return Run(settings, targets).go();
}

}  // namespace load
