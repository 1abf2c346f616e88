// Results: what a run found out. Plain values, filled while it runs; the reports print them.
#pragma once

#include <reactor/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "corruption.h"
#include "error_counts.h"
#include "histogram.h"
#include "loop_lag.h"
#include "output/interval.h"
#include "process.h"
#include "protocols/counts.h"
#include "settings.h"

namespace load {

// Of bad clients of one kind, which are in no other figure.
struct HostileFigures {
  std::size_t wanted = 0;
  std::size_t connected = 0;     // also again
  ErrorCounts closed_by_server;  // by what it looked like
  ErrorCounts connect_failures;
};

struct Results {
  std::string target;  // as asked for
  std::string driver;  // that the loop ran on
  bool datagrams = false;
  bool interrupted = false;

  // Connections
  std::size_t connected = 0;
  ErrorCounts connect_failures;
  std::uint64_t reconnects = 0;  // in the measured phase: --lifetime, --churn

  // Messages. sent = answered + lost + those of corrupt datagrams.
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t lost = 0;       // sent, and the answer did not come, or not whole
  std::uint64_t unsent = 0;     // due by the schedule, but its connection had ended, or this program was too slow
  std::uint64_t unreached = 0;  // of these: the schedule's, that this program did not come to
  std::uint64_t held_back = 0;  // open model: due while the connection's output stood full
  std::uint64_t dropped = 0;    // due while too many were in flight, and not sent: --overload drop
  std::uint64_t throttled = 0;  // sent later for the same reason, and timed from then: --overload throttle
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;

  // Wrong answers
  std::uint64_t corrupt = 0;            // connections, or datagrams
  std::vector<Corruption> corruptions;  // the first few
  std::uint64_t surplus = 0;            // connections on which more came than was asked for
  struct Wrong {
    std::uint64_t count = 0;
    std::string first;  // what the first one said
  };
  std::map<std::string, Wrong> wrong;  // whole answers that are not what was expected, by kind

  // Datagrams
  std::uint64_t duplicated = 0;  // answers to what was answered already
  std::uint64_t reordered = 0;   // answers overtaken by the answer to a later message, late ones not counted
  std::uint64_t late = 0;        // answers after --timeout: were counted lost, and then no longer

  ErrorCounts errors;  // after connecting

  std::map<std::string, HostileFigures> hostile;  // by kind
  // Of the protocol
  CacheCounts cache;
  HttpCounts http;

  // Of answered messages. In the closed model there is no plan: a message is due when it is sent.
  Histogram response;  // from the instant it was due to the answer's end: what a user waits
  Histogram service;   // from the instant it was sent: what the server takes
  Histogram send_lag;  // open model: from due to sent, what this program and a full connection were late
  Histogram own_lag;   // open model: from due until handed to the connection, what this program alone was late
  LoopLag loop_lag;    // in the measured phase
  std::size_t loops = 1;

  eddy::Duration began_late{0};  // after Settings::at, because this program was not ready by then
  eddy::Duration elapsed{0};     // from the start of the measured phase to its end, or the last answer after it
  CpuTime cpu;                   // of this process, from the start of the measured phase until the last answer was in
  std::optional<CpuTime> server_cpu;  // of --server-pid in the same time; empty also when it ended meanwhile
  std::chrono::system_clock::time_point started_at{};  // the measured phase, for people and for merging

  // Time series
  std::vector<Interval> series;
  eddy::Duration interval{0};  // the length of each but the last, which may be shorter or a tenth longer
};

// Adds what another loop of the same run found: as if one had found both. CPU time is the process's in each of them,
// and is not added.
void merge(Results& results, const Results& other);
// Errors after connecting, and wrong, corrupt and surplus answers.
std::uint64_t troubles(const Results& results);

// Why the run counts as failed, one phrase each; empty when all is right.
std::vector<std::string> problems(const Settings& settings, const Results& results);

}  // namespace load
