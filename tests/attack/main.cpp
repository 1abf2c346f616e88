// eddy-attack: sends mutated traffic to a server of eddy's, with good clients beside it, or plays hostile servers for
// eddy-load. Everything that is sent follows from the seed and the number of the connection.
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>

#include "child.h"
#include "crowd.h"
#include "load_attack.h"
#include "options.h"
#include "server_attack.h"

namespace {

constexpr cli::Choice<attack::Kind> kinds[] = {{"chat", attack::Kind::chat},
                                               {"cache", attack::Kind::cache},
                                               {"echo", attack::Kind::echo},
                                               {"load", attack::Kind::load}};

void parse_range(attack::Options& options, const std::string& text) {
  const auto dash = text.find('-');
  options.first = cli::parse_whole(text.substr(0, dash), 0);
  options.last =
      dash == std::string::npos ? options.first : cli::parse_whole(text.substr(dash + 1), options.first, 1'000'000'000);
}

void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int show(const attack::Options& options) {
  if (!options.only_some() || options.kind == attack::Kind::load) {
    throw cli::UsageError("--show: expected --only with it, and connections of chat, cache or echo");
  }
  for (auto number = options.first; number <= options.last; ++number) {
    attack::Random random(options.seed, number);
    random.next();  // has chosen the address
    const auto plan = attack::Crowd::plan_of(options, number, random);
    fmt::print("connection {}: {}\n{}\n", number, attack::text_of(plan), attack::escaped(plan.bytes));
  }
  return 0;
}

int attack_and_report(const attack::Options& options, const std::string& kind) {
  const auto driver = options.driver.empty() ? "" : " --driver " + options.driver;
  const auto again = fmt::format("eddy-attack {} {}{} --seed {} --duration {}s", kind, options.program, driver,
                                 options.seed, std::chrono::duration<double>(options.time).count());
  fmt::print("{}\n", again);
  std::fflush(stdout);
  attack::Totals totals;
  attack::Findings findings;
  std::string who;
  if (options.kind == attack::Kind::load) {
    attack_load(options, totals, findings);
  } else {
    who = attack_server(options, totals, findings);
  }
  fmt::print("sent: {}\n", totals.text());
  if (!findings.any()) {
    fmt::print("ok: nothing was found\n");
    return 0;
  }
  for (const auto& each : findings.all()) fmt::print("FOUND: {}\n", each);
  if (!who.empty()) fmt::print("open then: {}\n", who);
  fmt::print("again: {}\nsome alone: --only FIRST-LAST; what they send: --only FIRST-LAST --show\n", again);
  return cli::exit_failure;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  allow_many_descriptors();
  CLI::App app(
      "Attacks a server of eddy's with mutated traffic while good clients watch it, or plays hostile servers for\n"
      "eddy-load. Exits with 0 when nothing was found, 1 when something was, 2 for bad usage.",
      "eddy-attack");
  attack::Options options;
  options.seed = std::random_device{}();
  cli::add_choice(app, "kind", options.kind, kinds, "What is attacked: chat, cache, echo or load")->required();
  app.add_option("program", options.program,
                 "The program, which is started: the path of eddy-chat, eddy-cache, eddy-echo or eddy-load");
  app.add_option("--url", options.urls,
                 "An address of a server that runs already, instead of a program; of eddy-echo with the\n"
                 "service echo. Repeatable")
      ->allow_extra_args(false);
  app.add_option("--driver", options.driver, "Of the program [its own choice]")->type_name("NAME");
  cli::add_quantity(
      app, "--seed", options.seed, [](std::string_view text) { return cli::parse_whole(text, 0); },
      "All that is sent follows from it [another one each time]")
      ->type_name("N");
  cli::add_quantity(app, "-d,--duration", options.time, &cli::parse_positive_duration, "How long [10s]")
      ->type_name("TIME");
  cli::add_quantity(app, "-c,--connections", options.connections, &cli::parse_count, "At once [150]")->type_name("N");
  app.add_option_function<std::string>(
         "--only", [&](const std::string& text) { parse_range(options, text); },
         "The connections of these numbers alone, and no datagrams; for load, the runs")
      ->type_name("FIRST[-LAST]");
  app.add_flag("--show", options.show, "Print what the connections of --only send, and send nothing");
  return cli::run(app, argc, argv, [&] {
    if (options.show) return show(options);
    if (options.program.empty() == options.urls.empty() ||
        (options.kind == attack::Kind::load && options.program.empty())) {
      throw cli::UsageError("expected the path of a program, or for a server --url");
    }
    std::string kind;
    for (const auto& each : kinds) {
      if (each.value == options.kind) kind = each.name;
    }
    return attack_and_report(options, kind);
  });
}
