// eddy-load: loads a server, checks every byte, measures latency without leaving out the worst moments.
#include <apps/cli/program.h>
#include <apps/cli/to_stderr.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "chat/json_report.h"
#include "chat/report.h"
#include "chat/run.h"
#include "command_line.h"
#include "json_report.h"
#include "output/commands.h"
#include "output/output_files.h"
#include "output/version.h"
#include "process.h"
#include "report.h"
#include "report_file.h"
#include "run.h"

namespace {

// Answers what `measure` does, and reports it: to people, and to programs where that is asked for. `failure` writes the
// report of a run that could not measure.
template <class Settings, class Measure, class Failure>
auto load_and_report(Settings& settings, Measure measure, Failure failure) {
  std::optional<load::ReportFile> json;
  if (!settings.json.empty()) json.emplace(settings.json);
  settings.progress = load::stderr_is_terminal();

  auto results = [&] {
    try {
      return measure();
    } catch (const std::exception& error) {
      if (json) json->write(failure(error.what()));
      throw;
    }
  }();
  const auto text = report(settings, results);
  if (settings.json == "-") {
    cli::to_stderr(text);  // where stdout is for a program, people read stderr
  } else if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::system_category(), "the report cannot be written");
  }
  if (json) json->write(json_report(settings, results));
  return results;
}

int status(const std::vector<std::string>& problems) { return problems.empty() ? 0 : cli::exit_failure; }

int load_echo(load::Settings& settings) {
  const auto targets = load::check(settings);
  load::OutputFiles files(settings.outputs);
  const auto results = load_and_report(
      settings, [&] { return load::run(settings, targets); },
      [&](const std::string& why) { return load::json_failure(settings, !targets.front().is_stream(), why); });
  files.write(settings, results);
  return status(load::problems(settings, results));
}

int load_chat(load::chat::Settings& settings) {
  const auto targets = load::chat::check(settings);
  const auto results = load_and_report(
      settings, [&] { return load::chat::run(settings, targets); },
      [&](const std::string& why) { return load::chat::json_failure(settings, why); });
  return status(load::chat::problems(results));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Loads a server and measures it. Every byte that comes back is checked.\n"
      "Exits with 0 when all went right, 1 when anything was lost or wrong or failed to connect, 2 for bad usage.",
      "eddy-load");
  load::Settings echo;
  load::add_echo(app, echo);
  echo.outputs.command_line.assign(argv, argv + argc);
  load::chat::Settings chat;
  load::add_chat(app, chat);
  const load::ReportCommands reports(app);
  // Not require_subcommand(): that would be said instead of what was mistyped.
  app.allow_extras();
  app.set_version_flag("--version", "eddy-load " + std::string(load::program_version));
  return cli::run(app, argc, argv, [&] {
    if (!app.remaining().empty())
      throw cli::UsageError(app.remaining().front() +
                            ": expected echo or chat first, or merge, compare or html; see --help");
    if (app.get_subcommands().empty())
      throw cli::UsageError("expected a subcommand: echo or chat, or merge, compare or html; see --help");
    if (const auto done = reports.run()) return *done;
    return app.got_subcommand("echo") ? load_echo(echo) : load_chat(chat);
  });
}
