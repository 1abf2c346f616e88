// Runs one attack against a server for a time, at its rate and no faster. Prints `ready` when it is under way, and at
// its end one JSON object with what it spent.
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>
#include <reactor/loop.h>
#include <reactor/timer.h>
#include <tools/load/process.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>

#include "attack.h"

namespace {

using namespace std::chrono_literals;

struct Settings {
  std::string name;
  std::string url;
  std::string second;
  std::size_t connections = 0;  // 0: the attack's own number
  eddy::Duration seconds = 60s;
  eddy::Duration patience = 20s;
};

void list() {
  for (const auto& each : attack::all_attacks()) {
    const auto server = each.name.substr(0, each.name.find('-'));
    fmt::print("{:<24} {:<6} {:<6} {}\n", each.name, server, each.peers ? "peers" : "ours", each.what);
  }
}

attack::Attack named(const std::string& name) {
  for (const auto& each : attack::all_attacks()) {
    if (each.name == name) return each;
  }
  throw cli::UsageError(fmt::format("{}: expected an attack that --list has", name));
}

// The UDP address of the same host and port.
eddy::Address udp_of(const std::string& url) {
  const auto address = eddy::Address::parse(url);
  return eddy::Address::parse(fmt::format("udp://{}:{}", address.host(), address.port()));
}

void report(const attack::Tally& tally, double seconds) {
  const auto rate = [&](std::uint64_t count) { return static_cast<double>(count) / seconds; };
  fmt::print(R"({{"seconds": {:.1f}, "bytes": {}, "bytes_per_second": {:.0f}, "connections": {}, )"
             R"("connections_per_second": {:.1f}, "datagrams": {}, "ended_by_server": {}, "received": {}}})"
             "\n",
             seconds, tally.bytes, rate(tally.bytes), tally.connections, rate(tally.connections), tally.datagrams,
             tally.ended, tally.received);
}

int attack_it(const Settings& settings) {
  auto which = named(settings.name);
  if (settings.connections != 0 && which.swarm) which.swarm->connections = settings.connections;
  if (which.swarm) load::need_sockets(which.swarm->connections);

  eddy::Loop loop;
  loop.stop_on({SIGINT, SIGTERM});
  attack::Tally tally;
  std::optional<attack::Swarm> swarm;
  std::optional<attack::Volley> volley;
  if (which.swarm) swarm.emplace(loop, *which.swarm, settings.url, tally);
  if (which.volley) {
    const auto second = settings.second.empty() ? settings.url : settings.second;
    volley.emplace(loop, *which.volley, udp_of(settings.url), udp_of(second), tally);
  }

  const auto begin = loop.clock();
  eddy::Timer end(loop, [&] { loop.stop(); });
  eddy::Timer look(loop, [&] {
    if (end.running() || (swarm && !swarm->ready() && loop.clock() < begin + settings.patience)) return;
    fmt::print("ready\n");
    std::fflush(stdout);
    end.start(settings.seconds);
    look.cancel();
  });
  look.start_every(20ms);
  loop.run();
  report(tally, std::chrono::duration<double>(loop.clock() - begin).count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An attack on a server, at a rate and for a time; ends on SIGTERM.", "attack-run");
  Settings settings;
  bool lists = false;
  app.add_flag("--list", lists, "Print each attack: its name, its server, whether peers understand it, what it does");
  app.add_option("name", settings.name, "The attack")->type_name("NAME");
  app.add_option("url", settings.url, "The server, such as tcp://127.0.0.1:6667; datagrams go to the same port")
      ->type_name("URL");
  app.add_option("--second", settings.second, "The other of two servers between which datagrams shall go round")
      ->type_name("URL");
  cli::add_quantity(app, "--connections", settings.connections, &cli::parse_count, "Connections [the attack's own]")
      ->type_name("N");
  cli::add_quantity(app, "--seconds", settings.seconds, &cli::parse_positive_duration,
                    "How long, from when it is under way [60s]")
      ->type_name("TIME");
  return cli::run(app, argc, argv, [&] {
    if (lists) {
      list();
      return 0;
    }
    if (settings.url.empty()) throw cli::UsageError("expected NAME and URL, or --list");
    return attack_it(settings);
  });
}
