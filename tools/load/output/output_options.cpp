#include "output_options.h"

#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "../text.h"
#include "interval.h"
#include "server_cpu.h"

namespace load {
namespace {

std::uint16_t port_number(std::string_view text) {
  try {
    const auto port = cli::parse_whole(text, 1);
    if (port <= std::numeric_limits<std::uint16_t>::max()) return static_cast<std::uint16_t>(port);
  } catch (const std::invalid_argument&) {
    // Not a number is no port either.
  }
  throw std::invalid_argument("expected a port from 1 to 65535");
}

void check_paths(const Settings& settings) {
  struct {
    std::string_view option;
    const std::string& path;
  } const files[] = {{"--json", settings.json},
                     {"--csv", settings.outputs.csv},
                     {"--hdr", settings.outputs.hdr},
                     {"--html", settings.outputs.html}};
  for (const auto& file : files) {
    if (file.path == "-" && file.option != "--json") {
      throw cli::UsageError(fmt::format("{} -: expected a file; --json alone can go to stdout", file.option));
    }
    for (const auto& other : files) {
      if (&other < &file && !file.path.empty() && other.path == file.path) {
        throw cli::UsageError(
            fmt::format("{} {}: expected another file than {}'s", file.option, file.path, other.option));
      }
    }
  }
}

}  // namespace

void add_outputs(CLI::App& command, Outputs& outputs) {
  cli::add_quantity(command, "--interval", outputs.interval, &cli::parse_positive_duration,
                    "Of the time series [1s; longer for runs of more than 1000 s]")
      ->type_name("TIME");
  cli::add_quantity(
      command, "--server-pid", outputs.server_pid, [](std::string_view text) { return cli::parse_whole(text, 1); },
      "Measure this process's CPU time, too (Linux)")
      ->type_name("PID");
  command.add_flag("--live", outputs.live,
                   "Say on stderr how it goes at each interval's end, when that is no terminal");
  cli::add_quantity(command, "--prometheus", outputs.prometheus, &port_number,
                    "Tell the figures at http://127.0.0.1:PORT/metrics while the run goes on")
      ->type_name("PORT");
  command.add_option("--csv", outputs.csv, "Write the time series to this file, as CSV")->type_name("FILE");
  command.add_option("--hdr", outputs.hdr, "Write the time series to this file, in HdrHistogram's log format (V2)")
      ->type_name("FILE");
  command.add_option("--html", outputs.html, "Write a page to this file that shows the run")->type_name("FILE");
}

void check_outputs(const Settings& settings) {
  const auto& outputs = settings.outputs;
  check_paths(settings);
  if (outputs.server_pid) {
    try {
      server_cpu_time(*outputs.server_pid);
    } catch (const std::runtime_error& error) {
      throw cli::UsageError(error.what());
    }
  }
  const auto least = settings.duration / static_cast<eddy::Duration::rep>(most_intervals);
  if (outputs.interval && *outputs.interval < least) {
    throw cli::UsageError(fmt::format("--interval {}: expected at least {}, which makes {} intervals of this run",
                                      time_text(*outputs.interval), time_text(least), grouped(most_intervals)));
  }
}

}  // namespace load
