// eddy-load: loads a server, checks every byte, measures latency without leaving out the worst moments.
#include <apps/cli/program.h>
#include <apps/cli/to_stderr.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "chat/json_report.h"
#include "chat/report.h"
#include "chat/run.h"
#include "command_line.h"
#include "json_report.h"
#include "output/commands.h"
#include "output/output_files.h"
#include "output/version.h"
#include "plan_commands.h"
#include "process.h"
#include "protocols/cache_preload.h"
#include "report.h"
#include "report_file.h"
#include "run.h"
#include "search_run.h"
#include "selftest.h"

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
  } else {
    load::write_to_stdout(text);
  }
  if (json) json->write(json_report(settings, results));
  return results;
}

int status(const std::vector<std::string>& problems) { return problems.empty() ? 0 : cli::exit_failure; }

int load_server(load::Settings& settings) {
  if (settings.search || settings.staircase) return load::search_rates(settings);
  const auto targets = load::check(settings);
  load::OutputFiles files(settings.outputs);
  const auto results = load_and_report(
      settings,
      [&] {
        if (settings.protocol == load::Protocol::cache && settings.cache.preload) {
          load::prepare(settings, targets);
          load::preload(settings, targets.size() == 1 ? targets.front().to_string() : settings.url);
          for (const auto& url : settings.more_urls) load::preload(settings, url);
        }
        return load::run(settings, targets);
      },
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

int self_test() {
  const auto checks = load::self_checks();
  load::write_to_stdout(load::report(checks));
  return std::all_of(checks.begin(), checks.end(), [](const auto& each) { return each.passed; }) ? 0
                                                                                                 : cli::exit_failure;
}

// "echo, line or chat".
std::string names_of(const std::vector<CLI::App*>& commands) {
  std::string names;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    names.append(i == 0 ? "" : i + 1 == commands.size() ? " or " : ", ").append(commands[i]->get_name());
  }
  return names;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Loads a server and measures it. Every byte that comes back is checked.\n"
      "Exits with 0 when all went right, 1 when anything was lost or wrong or failed to connect, 2 for bad usage.",
      "eddy-load");
  load::Settings settings;
  load::add_protocols(app, settings);
  load::chat::Settings chat;
  load::add_chat(app, chat);
  app.add_subcommand("selftest", "Proves on this machine that eddy-load measures right, and shows the figures");
  const load::PlanCommands plans(app);
  const load::ReportCommands reports(app);
  // No minimum: that would be said instead of what was mistyped.
  app.require_subcommand(0, 1);
  app.allow_extras();
  app.set_version_flag("--version", "eddy-load " + std::string(load::program_version));
  return cli::run(app, argc, argv, [&] {
    const auto commands = names_of(app.get_subcommands(nullptr));
    if (!app.remaining().empty()) {
      throw cli::UsageError(app.remaining().front() + ": expected " + commands + " first; see --help");
    }
    if (app.get_subcommands().empty()) throw cli::UsageError("expected a subcommand: " + commands + "; see --help");
    if (const auto done = reports.run()) return *done;
    if (app.got_subcommand("selftest")) return self_test();
    if (plans.plans()) return plans.write();
    if (plans.runs()) settings = plans.settings();
    settings.outputs.command_line.assign(argv, argv + argc);
    return app.got_subcommand("chat") ? load_chat(chat) : load_server(settings);
  });
}
