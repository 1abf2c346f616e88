// Slice: one loop's share of a run: its clients, its part of the schedule, its results. All of it belongs to the loop's
// thread. The phases are the run's (run.h); those that open their connections earlier wait for the others.
#pragma once

#include <reactor/callback.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client.h"
#include "hostile_client.h"
#include "ledger.h"
#include "output/metrics_server.h"
#include "pacer.h"
#include "process.h"
#include "progress.h"
#include "results.h"
#include "schedule.h"

namespace load {

class Slice {
 public:
  // Both are called once on the loop's thread: `ready` when all connections are open or failed, `done` when the run is
  // over for this slice; done perhaps without ready, after interrupt().
  struct Events {
    eddy::Callback<void()> ready;
    eddy::Callback<void()> done;
  };

  Slice(eddy::Loop& loop, const Settings& settings, std::vector<std::string> targets, bool datagrams, Share share,
        Events events);

  // After `ready`: begins to measure; the schedule starts at `start`, which is not long ago.
  void measure(eddy::TimePoint start);
  // Ends the measuring early; a second call ends everything at once.
  void interrupt();

  const Results& results() const { return results_; }

 private:
  enum class Phase { connect, ready, measure, settle, close, over };

  void step();  // looks whether the phase is over
  void open_more();
  bool may_open();
  void ready();
  void begin_closed_model();
  void send_planned(std::uint64_t message, eddy::TimePoint due, eddy::TimePoint now);
  void overload(Client& client, eddy::TimePoint due, eddy::TimePoint now);
  void time_is_up();
  void settle();
  void close();
  void abort_all();
  void over();
  void take_figures();
  std::optional<CpuTime> server_cpu() const;
  std::uint64_t bytes_in() const;
  std::uint64_t bytes_out() const;
  bool nobody_answers() const;

  eddy::Loop& loop_;
  const Settings& settings_;
  Share share_;
  Events events_;
  Results results_;
  Ledger ledger_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Client*> measured_;  // those that had opened when the measured phase began
  HostilePopulation hostile_;
  std::size_t next_to_open_ = 0;
  std::optional<Schedule> ramp_;

  Phase phase_ = Phase::connect;
  eddy::Timer timer_;  // of the phase
  bool time_up_ = false;
  eddy::TimePoint started_{};
  eddy::TimePoint stopped_{};  // sending
  eddy::LagHistogram lag_before_;
  std::uint64_t bytes_in_before_ = 0;
  std::uint64_t bytes_out_before_ = 0;
  CpuTime cpu_before_;
  std::optional<CpuTime> server_cpu_before_;
  std::optional<Schedule> schedule_;
  std::optional<Pacer> pacer_;
  std::optional<Progress> progress_;
  std::optional<MetricsServer> metrics_;
};

}  // namespace load
