// eddy-cache: a cache that speaks memcached's text protocol.
#include <apps/cli/process.h>
#include <apps/cli/program.h>
#include <apps/cli/summary.h>
#include <apps/cli/to_stderr.h>
#include <fmt/format.h>
#include <reactor/loop_pool.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "log.h"
#include "memory.h"
#include "pid_file.h"
#include "process_info.h"
#include "server.h"

namespace {

using namespace std::chrono_literals;

// How long clients get to finish at the end.
constexpr auto patience = 5s;

int serve(const cache::CommandLine& line) {
  cli::ignore_signals_without_meaning();
  cli::take_all_descriptors();
  cache::Log log(line.verbosity);
  const auto few = cli::too_few_descriptors("-c", line.settings.max_connections, line.addresses());
  if (!few.empty()) log.write(cli::LogLevel::error, few);
  auto settings = line.settings;
  settings.log = &log;
  settings.hosts = line.hosts.limit();
  cache::map_large_allocations();
  eddy::LoopPool pool(
      line.threads,
      {.driver = line.driver, .memory_budget = cache::connection_memory(settings, line.threads), .observer = &log});
  bool forced = false;
  const auto on_signal = [&](int) {
    forced = pool.draining();
    if (forced) return pool.stop();
    pool.drain(patience);
  };
  for (const int signal : {SIGINT, SIGTERM}) pool.on_signal(signal, on_signal);

  cache::Server server(pool, settings);
  std::vector<std::string> ready;
  for (const auto& url : line.addresses()) {
    const auto address = server.listen(url);
    ready.push_back(address.to_string());
    cli::warn_of_forged_senders(log, address, "are answered with up to megabytes");
  }
  std::optional<cache::PidFile> pid_file;
  if (line.pid_file) pid_file.emplace(*line.pid_file, cache::process_info().id);
  // Only now: whoever reads it relies on all of them.
  for (const auto& url : ready) fmt::print("ready {}\n", url);
  std::fflush(stdout);
  const auto started = pool[0].clock();
  pool.run();
  cli::to_stderr(cli::summary("eddy-cache", pool, pool[0].clock() - started));
  cli::to_stderr(server.summary());
  return forced ? cli::exit_failure : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "A cache that speaks memcached's text protocol, by TCP, UDP and Unix sockets. Prints `ready URL`\n"
      "for each address it serves. SIGINT or SIGTERM drains and prints statistics; a second one ends at once.\n"
      "A TCP client whose host is gone is found out in two minutes, by keep-alive.",
      "eddy-cache");
  cache::CommandLine line;
  cache::declare(app, line);
  return cli::run(app, argc, argv, [&] { return serve(line); });
}
