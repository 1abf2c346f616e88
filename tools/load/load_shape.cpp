#include "load_shape.h"

#include <apps/cli/decimal.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "schedule.h"
#include "sources.h"

namespace load {
namespace {

constexpr std::size_t most_threads = 256;

struct NamedOverload {
  std::string_view name;
  Overload value;
};
constexpr NamedOverload overloads[] = {
    {"queue", Overload::queue}, {"drop", Overload::drop}, {"throttle", Overload::throttle}};

Overload parse_overload(std::string_view text) {
  for (const auto& each : overloads) {
    if (text == each.name) return each.value;
  }
  throw std::invalid_argument("expected queue, drop or throttle");
}

void check_model(const Settings& settings) {
  if (settings.closed && settings.rate) {
    throw cli::UsageError("--closed: expected without --rate, which is the open model");
  }
  if (!settings.rate) {
    if (settings.arrival) {
      throw cli::UsageError(fmt::format("--arrival {}: expected with --rate", to_string(*settings.arrival)));
    }
    if (settings.overload) {
      throw cli::UsageError(fmt::format("--overload {}: expected with --rate; the closed model waits for answers",
                                        to_string(*settings.overload)));
    }
    return;
  }
  if (settings.overload && *settings.overload != Overload::queue && !settings.pipeline) {
    throw cli::UsageError(
        fmt::format("--overload {}: expected with --pipeline, the most messages in flight on a connection",
                    to_string(*settings.overload)));
  }
  const auto planned = *settings.rate * std::chrono::duration<double>(settings.duration).count();
  if (settings.arrival && settings.arrival->kind == Arrival::Kind::poisson &&
      planned > static_cast<double>(longest_poisson)) {
    throw cli::UsageError(fmt::format(
        "--arrival poisson: expected at most {} messages in a run, --rate times --duration", longest_poisson));
  }
}

void check_connections(const Settings& settings, const eddy::Address& target) {
  const auto positive = [](std::string_view name, const std::optional<eddy::Duration>& time) {
    if (time && *time <= eddy::Duration::zero()) throw cli::UsageError(fmt::format("{} 0: expected more than 0", name));
  };
  positive("--think", settings.think);
  positive("--lifetime", settings.lifetime);
  if (settings.think && settings.rate) {
    throw cli::UsageError("--think: expected without --rate, which sends on schedule whether anybody thinks or not");
  }
  if (settings.renews() && !target.is_stream()) {
    throw cli::UsageError(fmt::format("--{}: expected a tcp or unix URL; datagrams have no connection",
                                      settings.churn ? "churn" : "lifetime"));
  }
  if (settings.churn && settings.lifetime) {
    throw cli::UsageError("--lifetime: expected without --churn, of which each connection ends after one exchange");
  }
  if (settings.churn && !settings.rate && settings.pipeline.value_or(1) > 1) {
    throw cli::UsageError(fmt::format(
        "--pipeline {}: expected without --churn, of which each connection has one exchange", *settings.pipeline));
  }
}

void check_addresses(const Settings& settings, const eddy::Address& target) {
  for (const auto& url : settings.more_urls) {
    if (check_target(url).front().transport() != target.transport()) {
      throw cli::UsageError(url + ": expected the transport of " + settings.url);
    }
  }
  if (!settings.sources.empty() && !target.is_ip()) {
    throw cli::UsageError(fmt::format("--source {}: expected a tcp or udp URL", settings.sources.front()));
  }
  for (const auto& source : settings.sources) {
    if ((source.find(':') != std::string::npos) == target.is_ipv6()) continue;
    throw cli::UsageError(fmt::format("--source {}: expected an {} address, as the server has", source,
                                      target.is_ipv6() ? "IPv6" : "IPv4"));
  }
  if (!settings.local_ports) return;
  const auto ports = *settings.local_ports;
  if (target.transport() != eddy::Transport::tcp) {
    throw cli::UsageError(fmt::format("--local-ports {}-{}: expected a tcp URL", ports.first, ports.last));
  }
  // Linux heeds no other.
  if (const auto all = ephemeral_ports(); ports.first < all.first || ports.last > all.last) {
    throw cli::UsageError(fmt::format("--local-ports {}-{}: expected ports from the system's range, {}-{}", ports.first,
                                      ports.last, all.first, all.last));
  }
}

void check_hostile(const Settings& settings, const eddy::Address& target) {
  if (settings.hostile.empty() || target.is_stream()) return;
  throw cli::UsageError(
      fmt::format("--hostile {}: expected a tcp or unix URL; they are bad connections", to_string(settings.hostile)));
}

void check_threads(const Settings& settings) {
  if (settings.threads > 1 && settings.outputs.live) {
    throw cli::UsageError("--live: expected without --threads, of which each would show its own part");
  }
  if (settings.threads > 1 && settings.outputs.prometheus) {
    throw cli::UsageError("--prometheus: expected without --threads, of which each would tell its own part");
  }
  const auto connections = settings.own_connections();
  if (settings.threads >= 1 && settings.threads <= connections && settings.threads <= most_threads) return;
  throw cli::UsageError(fmt::format("--threads {}: expected 1 to {}{}", settings.threads,
                                    std::min(connections, most_threads),
                                    connections < most_threads ? ", one for each connection" : ""));
}

void check_shard(const Settings& settings) {
  if (settings.shard.of > settings.connections) {
    throw cli::UsageError(fmt::format("--shard {}: expected at most {} shards, one for each connection",
                                      to_string(settings.shard), settings.connections));
  }
  const auto planned = settings.rate.value_or(0) * std::chrono::duration<double>(settings.duration).count();
  if (settings.rate && static_cast<double>(settings.shard.of) > std::max(planned, 1.0)) {
    throw cli::UsageError(fmt::format("--shard {}: expected at most {:.0f} shards, one for each message",
                                      to_string(settings.shard), std::floor(std::max(planned, 1.0))));
  }
  if (const auto now = std::chrono::system_clock::now(); settings.at && *settings.at <= now) {
    throw cli::UsageError(fmt::format("--at {}: expected a time to come; by this machine's clock it is {}",
                                      to_string(*settings.at), to_string(WallTime(now))));
  }
}

void check_in_flight(const Settings& settings) {
  if (!settings.pipeline) return;
  const auto pipeline = *settings.pipeline;
  if (pipeline == 0) throw cli::UsageError("--pipeline 0: expected 1 or more");
  const auto connections = settings.own_connections();
  if (const auto most = std::max<std::size_t>(most_in_flight / connections, 1); pipeline > most) {
    throw cli::UsageError(fmt::format("--pipeline {}: expected at most {} with {} connections ({} in flight in all)",
                                      pipeline, most, connections, most_in_flight));
  }
}

}  // namespace

std::string_view to_string(Overload overload) {
  return std::find_if(std::begin(overloads), std::end(overloads),
                      [&](const auto& each) { return each.value == overload; })
      ->name;
}

double parse_per_second(std::string_view text) {
  constexpr std::string_view unit = "/s";
  if (text.size() > unit.size() && text.substr(text.size() - unit.size()) == unit) text.remove_suffix(unit.size());
  const auto number = cli::parse_decimal(text, cli::Exponent::allowed);
  if (!number || !(*number > 0 && *number <= 1e9)) {
    throw std::invalid_argument("expected a number per second, more than 0 and at most 1e9");
  }
  return *number;
}

void add_machine_options(CLI::App& command, Settings& settings) {
  cli::add_quantity(command, "--source", settings.sources, &parse_sources,
                    "Local addresses that the connections come from, in turn: one, a range such as\n"
                    "127.0.0.2-127.0.0.9, or several with commas between")
      ->type_name("ADDRESSES");
  cli::add_quantity(command, "--local-ports", settings.local_ports, &parse_port_range,
                    "Local ports that the connections come from, FIRST-LAST (Linux 6.3) [the system's range]")
      ->type_name("PORTS");
  cli::add_quantity(command, "--threads", settings.threads, &cli::parse_count,
                    "Threads, each with a loop and its share of the connections [1]")
      ->type_name("N");
}

void add_shape_options(CLI::App& command, Settings& settings) {
  command.add_flag("--closed", settings.closed,
                   "Closed model, as without --rate: a connection sends when it has got an answer");
  cli::add_quantity(command, "--rate", settings.rate, &parse_per_second,
                    "Open model: messages per second in all, sent on schedule whatever the server does,\n"
                    "and timed from the instant they were due")
      ->type_name("N");
  cli::add_quantity(command, "--arrival", settings.arrival, &parse_arrival,
                    "With --rate: how they are spread over time: fixed, poisson or burst:N [fixed]")
      ->type_name("HOW");
  cli::add_quantity(command, "--pipeline", settings.pipeline, &cli::parse_count,
                    "Messages that each connection keeps in flight [1]; with --rate the most\n"
                    "that it may have in flight [no limit]")
      ->type_name("DEPTH");
  cli::add_quantity(command, "--overload", settings.overload, &parse_overload,
                    "With --rate, for messages that are due while --pipeline of them are in flight:\n"
                    "queue: wait in the client, timed from when they were due;\n"
                    "drop: are not sent; throttle: wait, and are timed from when they are sent [queue]")
      ->type_name("HOW");
  command.add_option("more", settings.more_urls, "More servers; the connections are spread over all of them in turn")
      ->type_name("URL");
  cli::add_quantity(command, "--ramp", settings.ramp, &parse_per_second,
                    "Open so many connections per second; the measuring begins when all are open")
      ->type_name("N");
  cli::add_quantity(command, "--think", settings.think, &cli::parse_positive_duration,
                    "Without --rate: how long a connection waits after an answer")
      ->type_name("TIME");
  cli::add_quantity(command, "--lifetime", settings.lifetime, &cli::parse_positive_duration,
                    "Replace each connection by a new one after so long, between two exchanges")
      ->type_name("TIME");
  cli::add_quantity(command, "--hostile", settings.hostile, &parse_hostile,
                    "Bad clients beside the good ones, reported apart: KIND:COUNT, with commas between;\n"
                    "KIND is slow-read, slow-write, half-open, reset, one-byte or never-finish")
      ->type_name("GROUPS");
  command.add_flag("--churn", settings.churn,
                   "A new connection for each exchange: connect, ask, get the answer, close");
}

void check_shape(const Settings& settings, const std::vector<eddy::Address>& targets) {
  check_model(settings);
  check_shard(settings);
  check_in_flight(settings);
  check_connections(settings, targets.front());
  check_addresses(settings, targets.front());
  check_threads(settings);
  check_hostile(settings, targets.front());
}

}  // namespace load
