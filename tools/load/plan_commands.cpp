#include "plan_commands.h"

#include <apps/cli/driver_option.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>

#include "command_line.h"
#include "load_shape.h"
#include "output/output_options.h"
#include "plan.h"
#include "process.h"
#include "report_file.h"
#include "text.h"

namespace load {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) throw cli::UsageError(path + ": expected a file that can be read");
  return text.str();
}

// By the descriptors that a process like this one can have.
std::size_t shards_needed(const Settings& settings) {
  const auto room = std::max<std::size_t>(most_sockets(), 1);
  return std::max<std::size_t>((settings.descriptors() + room - 1) / room, 1);
}

std::string plan_summary(const std::string& file, const Settings& settings) {
  const auto model = settings.rate ? fmt::format("open, {:g} messages/s", *settings.rate) : std::string("closed");
  const auto more = settings.more_urls.empty() ? "" : fmt::format(" and {} more", settings.more_urls.size());
  auto text =
      fmt::format("{}: {} {}{}, {}, {}, {:g} s\n", file, name_of(settings.protocol), settings.url, more,
                  counted(settings.connections, "connection", "connections"), model, in_seconds(settings.duration));
  const auto needed = shards_needed(settings);
  const auto shards = std::max<std::size_t>(needed, 2);
  if (needed > 1) {
    text += fmt::format("A process like this one can have {} descriptors: run at least {} shards.\n",
                        grouped(most_sockets()), needed);
  }
  return text + fmt::format(
                    "Of {0} shards, each with the same --at a little ahead:\n"
                    "  eddy-load run {1} --at TIME --shard 1/{0} --json 1.json   ... --shard {0}/{0} --json {0}.json\n"
                    "  eddy-load merge 1.json ... {0}.json --json all.json\n",
                    shards, file);
}

}  // namespace

PlanCommands::PlanCommands(CLI::App& app) {
  auto& plan = *app.add_subcommand("plan",
                                   "Writes a plan of a run that several processes or machines make together:\n"
                                   "eddy-load plan FILE echo URL -c 60000 ...");
  plan.add_option("file", file_, "Where to write it")->type_name("FILE");
  plan.prefix_command();
  plan_ = &plan;

  auto& run = *app.add_subcommand("run", "Runs a plan, or a shard of one; `merge` makes one report of all shards'");
  run.add_option("file", file_, "The plan")->type_name("FILE");
  cli::add_quantity(run, "--shard", own_.shard, &parse_shard, "Which part is this process's: 3/8 is the third of eight")
      ->type_name("N/OF");
  cli::add_quantity(run, "--at", own_.at, &parse_wall_time,
                    "When to begin to measure, the same for all shards: 2026-03-01T12:00:00Z, or\n"
                    "seconds since 1970. Connections are opened before [when they are open]")
      ->type_name("TIME");
  add_machine_options(run, own_);
  cli::add_driver_options(run, own_.driver);
  add_json(run, own_.json);
  add_outputs(run, own_.outputs);
  run_ = &run;
}

int PlanCommands::write() const {
  if (file_.empty()) throw cli::UsageError("plan: expected FILE and a run, such as echo tcp://HOST:PORT; see --help");
  const Plan plan{plan_->remaining()};
  const auto settings = settings_of("plan", plan);
  std::string note;
  auto of_shard = settings;  // limits are those of a process
  of_shard.shard.of = std::min(shards_needed(settings), most_shards);
  try {
    check(of_shard);
  } catch (const std::system_error& unknown) {  // here; the machines that run it may know the name
    note = fmt::format("Not known on this machine: {}\n", unknown.what());
  }
  const auto text = text_of(plan);
  if (plan_of("plan", text).arguments != plan.arguments) {
    throw cli::UsageError("plan: expected arguments in UTF-8, which a plan's JSON can hold");
  }
  ReportFile(file_, "plan").write(text);
  if (file_ != "-") write_to_stdout(plan_summary(file_, settings) + note);
  return 0;
}

Settings PlanCommands::settings() const {
  if (file_.empty()) throw cli::UsageError("run: expected FILE, a plan; see --help");
  auto settings = settings_of(file_, plan_of(file_, content_of(file_)));
  if (own_.outputs.interval && settings.outputs.interval != own_.outputs.interval) {
    throw cli::UsageError("--interval: expected in the plan, the same for all shards");
  }
  const auto interval = settings.outputs.interval;
  settings.outputs = own_.outputs;
  settings.outputs.interval = interval;
  settings.json = own_.json;
  settings.shard = own_.shard;
  settings.at = own_.at;
  settings.sources = own_.sources;
  settings.local_ports = own_.local_ports;
  settings.threads = own_.threads;
  settings.driver = own_.driver;
  return settings;
}

}  // namespace load
