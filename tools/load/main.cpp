// eddy-load: loads a server, checks every byte, measures latency without leaving out the worst moments.
#include <apps/cli/program.h>
#include <apps/cli/to_stderr.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <system_error>

#include "command_line.h"
#include "json_report.h"
#include "process.h"
#include "report.h"
#include "report_file.h"
#include "run.h"

namespace {

int load_echo(load::Settings& settings) {
  const auto targets = load::check(settings);
  std::optional<load::ReportFile> json;
  if (!settings.json.empty()) json.emplace(settings.json);
  settings.progress = load::stderr_is_terminal();

  load::Results results;
  try {
    results = load::run(settings, targets);
  } catch (const std::exception& error) {
    if (json) json->write(load::json_failure(settings, !targets.front().is_stream(), error.what()));
    throw;
  }
  const auto text = load::report(settings, results);
  if (settings.json == "-") {
    cli::to_stderr(text);  // where stdout is for a program, people read stderr
  } else if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::system_category(), "the report cannot be written");
  }
  if (json) json->write(load::json_report(settings, results));
  return load::problems(settings, results).empty() ? 0 : cli::exit_failure;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Loads a server and measures it. Every byte that comes back is checked.\n"
      "Exits with 0 when all went right, 1 when anything was lost or wrong or failed to connect, 2 for bad usage.",
      "eddy-load");
  load::Settings settings;
  load::add_echo(app, settings);
  // Not require_subcommand(): that would be said instead of what was mistyped.
  app.allow_extras();
  app.set_version_flag("--version", "eddy-load 0.1.0");
  return cli::run(app, argc, argv, [&] {
    if (!app.remaining().empty()) throw cli::UsageError(app.remaining().front() + ": expected echo first; see --help");
    if (app.get_subcommands().empty()) throw cli::UsageError("expected a subcommand: echo; see --help");
    return load_echo(settings);
  });
}
