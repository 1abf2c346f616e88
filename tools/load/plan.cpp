#include "plan.h"

#include <apps/cli/program.h>
#include <fmt/format.h>

#include <algorithm>

#include "command_line.h"
#include "json_values.h"
#include "output/version.h"

namespace load {
namespace {

constexpr int plan_version = 1;

void refuse(bool given, std::string_view option, std::string_view why) {
  if (given) throw cli::UsageError(fmt::format("{}: expected {}", option, why));
}

void need_plannable(const Settings& settings) {
  constexpr std::string_view of_run = "with `eddy-load run`, for each shard its own";
  const auto& outputs = settings.outputs;
  refuse(!settings.json.empty(), "--json", of_run);
  refuse(!outputs.csv.empty(), "--csv", of_run);
  refuse(!outputs.hdr.empty(), "--hdr", of_run);
  refuse(!outputs.html.empty(), "--html", of_run);
  refuse(outputs.live, "--live", of_run);
  refuse(outputs.prometheus.has_value(), "--prometheus", of_run);
  refuse(outputs.server_pid.has_value(), "--server-pid", of_run);
  refuse(!settings.sources.empty(), "--source", of_run);
  refuse(settings.local_ports.has_value(), "--local-ports", of_run);
  refuse(settings.threads != 1, "--threads", of_run);
  refuse(!settings.driver.empty(), "--driver", of_run);
  constexpr std::string_view one_process = "without a plan: one process looks for a rate";
  refuse(settings.search.has_value(), "--search", one_process);
  refuse(settings.staircase.has_value(), "--staircase", one_process);
}

void parse_arguments(CLI::App& app, const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "chat") {
    throw cli::UsageError("chat: expected another protocol: of one speaker there are no shards");
  }
  std::vector<std::string> backwards(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  app.parse(backwards);
  if (app.get_subcommands().empty()) throw cli::UsageError("expected a protocol's subcommand");
}

}  // namespace

Plan plan_of(const std::string& name, const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("eddy_load_plan") || !json.contains("arguments")) {
    throw cli::UsageError(name + ": expected a plan, as `eddy-load plan` writes it");
  }
  if (json["eddy_load_plan"] != plan_version) {
    throw cli::UsageError(
        fmt::format("{}: version {} of a plan: expected {}", name, json["eddy_load_plan"].dump(), plan_version));
  }
  const auto& arguments = json["arguments"];
  const bool texts = arguments.is_array() &&
                     std::all_of(arguments.begin(), arguments.end(), [](const Json& each) { return each.is_string(); });
  if (!texts) throw cli::UsageError(name + ": expected texts for arguments");
  return {arguments.get<std::vector<std::string>>()};
}

std::string text_of(const Plan& plan) {
  return text_of(Json{{"eddy_load_plan", plan_version}, {"version", program_version}, {"arguments", plan.arguments}});
}

Settings settings_of(const std::string& name, const Plan& plan) {
  try {
    Settings settings;
    CLI::App app("", "eddy-load");
    app.set_help_flag();  // which the subcommands would have from it
    add_protocols(app, settings);
    app.require_subcommand(0, 1);
    parse_arguments(app, plan.arguments);
    need_plannable(settings);
    return settings;
  } catch (const CLI::Success&) {  // --drivers, which says something and ends
    throw cli::UsageError(name + ": expected options of a run alone");
  } catch (const CLI::ParseError& error) {
    throw cli::UsageError(fmt::format("{}: {}", name, error.what()));
  } catch (const std::invalid_argument& error) {
    throw cli::UsageError(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace load
