// eddy-echo: the classic services over TCP, UDP and Unix sockets.
#include <apps/cli/driver_option.h>
#include <apps/cli/host_options.h>
#include <apps/cli/log.h>
#include <apps/cli/process.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <apps/cli/spread_option.h>
#include <apps/cli/summary.h>
#include <apps/cli/to_stderr.h>
#include <fmt/format.h>
#include <reactor/datagram.h>
#include <reactor/loop_pool.h>
#include <reactor/pool_listener.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services.h"

namespace {

using namespace std::chrono_literals;

enum class Service { echo, discard, chargen, daytime };

constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

struct Settings {
  std::vector<std::string> listen;
  Service service = Service::echo;
  std::string driver;
  std::size_t threads = 1;
  eddy::Spread spread = eddy::Spread::handoff;
  std::size_t max_connections = no_limit;
  cli::HostOptions hosts{.clients_per_host = 1000};
  std::size_t answers_per_host = 10'000;
  eddy::Duration idle_timeout = 10min;
  eddy::Duration drain = 5s;
  cli::LogLevel log = cli::LogLevel::error;
};

eddy::Duration parse_idle_timeout(std::string_view text) {
  return text == "never" ? eddy::unlimited : cli::parse_positive_duration(text);
}

// Listens, and answers where. Whatever serves is kept in `endpoints`, for as long as the loops run.
using Endpoints = std::vector<std::shared_ptr<void>>;

constexpr int chargen_send_buffer = 128 * 1024;

template <class Stream, class Datagrams>
eddy::Address listen(eddy::LoopPool& pool, Endpoints& endpoints, const std::string& url, const Settings& settings,
                     const std::shared_ptr<eddy::HostLimit>& hosts) {
  if (eddy::Address::resolve(url).front().is_stream()) {
    eddy::ListenOptions options{.max_connections = settings.max_connections,
                                .hosts = hosts,
                                .socket = {.keep_alive = eddy::KeepAlive{}},
                                .connection = {.idle_timeout = settings.idle_timeout}};
    // The system's own buffer would become megabytes for a client that connects and reads nothing.
    if (settings.service == Service::chargen) options.socket.send_buffer = chargen_send_buffer;
    auto listener = std::make_shared<eddy::PoolListener<Stream>>(pool, url, options, settings.spread);
    endpoints.push_back(listener);
    return listener->address();
  }
  // Datagrams are nobody's in particular: without a socket for each loop, loop 0 serves them all.
  const bool spread = settings.spread == eddy::Spread::reuseport;
  const auto session = [&] {
    return Datagrams(echo::AnswerLimit(settings.answers_per_host, settings.hosts.unlimited));
  };
  auto first =
      std::make_shared<eddy::Datagram<Datagrams>>(pool[0], url, session, eddy::DatagramOptions{.reuse_port = spread});
  endpoints.push_back(first);
  const auto address = first->address();
  for (std::size_t i = 1; spread && i < pool.size(); ++i) {
    endpoints.push_back(std::make_shared<eddy::Datagram<Datagrams>>(pool[i], address.to_string(), session,
                                                                    eddy::DatagramOptions{.reuse_port = true}));
  }
  return address;
}

eddy::Address listen(eddy::LoopPool& pool, Endpoints& endpoints, const std::string& url, const Settings& settings,
                     const std::shared_ptr<eddy::HostLimit>& hosts) {
  switch (settings.service) {
    case Service::echo: return listen<echo::EchoStream, echo::EchoDatagrams>(pool, endpoints, url, settings, hosts);
    case Service::discard:
      return listen<echo::DiscardStream, echo::DiscardDatagrams>(pool, endpoints, url, settings, hosts);
    case Service::chargen:
      return listen<echo::ChargenStream, echo::ChargenDatagrams>(pool, endpoints, url, settings, hosts);
    case Service::daytime:
      return listen<echo::DaytimeStream, echo::DaytimeDatagrams>(pool, endpoints, url, settings, hosts);
  }
  throw std::invalid_argument("no such service");
}

int serve(const Settings& settings) {
  cli::ignore_signals_without_meaning();
  cli::take_all_descriptors();
  cli::Log log(settings.log, "--max-connections or --clients-per-host");
  if (settings.max_connections != no_limit) {
    const auto few = cli::too_few_descriptors("--max-connections", settings.max_connections, settings.listen);
    if (!few.empty()) log.write(cli::LogLevel::error, few);
  }
  eddy::LoopPool pool(settings.threads, {.driver = settings.driver, .observer = &log});
  const auto& driver = pool[0].driver();
  log.write(cli::LogLevel::info, fmt::format("driver {}: {}", driver.name, driver.reason));

  bool forced = false;
  const auto on_signal = [&](int) {
    forced = pool.draining();
    if (forced) return pool.stop();
    log.write(cli::LogLevel::info, "draining; another signal ends at once");
    pool.drain(settings.drain);
  };
  for (const int signal : {SIGINT, SIGTERM}) pool.on_signal(signal, on_signal);

  Endpoints endpoints;
  std::vector<std::string> urls;
  const auto hosts = settings.hosts.limit();
  for (const auto& url : settings.listen) {
    const auto address = listen(pool, endpoints, url, settings, hosts);
    urls.push_back(address.to_string());
    if (settings.service == Service::chargen) {
      cli::warn_of_forged_senders(log, address, "are answered with up to 512 bytes each");
    }
  }
  // Only now: whoever reads it relies on all of them.
  for (const auto& url : urls) fmt::print("ready {}\n", url);
  std::fflush(stdout);
  const auto started = pool[0].clock();
  pool.run();
  cli::to_stderr(cli::summary("eddy-echo", pool, pool[0].clock() - started));
  return forced ? cli::exit_failure : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "The classic services of RFC 862 (echo), 863 (discard), 864 (chargen) and 867 (daytime)\n"
      "over TCP, UDP and Unix sockets. Prints `ready URL` for each address it serves.\n"
      "SIGINT or SIGTERM drains and prints statistics; a second one ends at once.\n"
      "A TCP peer whose host is gone is found out in two minutes, by keep-alive.",
      "eddy-echo");
  Settings settings;
  app.add_option("-l,--listen", settings.listen,
                 "Where to serve: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH, unixgram:PATH;\n"
                 "HOST may be * for every address, PORT 0 for a free one. Repeatable")
      ->allow_extra_args(false)
      ->type_name("URL");
  // Not required(): that would be said before what was mistyped.
  app.final_callback([&] {
    if (settings.listen.empty()) throw CLI::RequiredError("--listen");
  });
  static constexpr cli::Choice<Service> services[] = {{"echo", Service::echo},
                                                      {"discard", Service::discard},
                                                      {"chargen", Service::chargen},
                                                      {"daytime", Service::daytime}};
  cli::add_choice(app, "-s,--service", settings.service, services, "echo, discard, chargen or daytime [echo]");
  cli::add_driver_options(app, settings.driver);
  cli::add_quantity(app, "-t,--threads", settings.threads, &cli::parse_count, "Loops, each on a thread of its own [1]")
      ->type_name("N");
  cli::add_spread_option(app, settings.spread);
  cli::add_quantity(app, "--max-connections", settings.max_connections, &cli::parse_count,
                    "Connections of each listener; more are closed at once [no limit]")
      ->type_name("N");
  cli::add_host_options(app, settings.hosts);
  cli::add_quantity(app, "--answers-per-host", settings.answers_per_host, &cli::parse_count,
                    "Datagrams that a host gets answered in a second, on each thread [10000]")
      ->type_name("N");
  cli::add_quantity(app, "--idle-timeout", settings.idle_timeout, &parse_idle_timeout,
                    "Close connections that were silent for so long, or never [10m]")
      ->type_name("TIME");
  cli::add_quantity(app, "--drain", settings.drain, &cli::parse_duration,
                    "How long the connections get to finish at the end [5s]")
      ->type_name("TIME");
  static constexpr cli::Choice<cli::LogLevel> levels[] = {{"off", cli::LogLevel::off},
                                                          {"error", cli::LogLevel::error},
                                                          {"info", cli::LogLevel::info},
                                                          {"debug", cli::LogLevel::debug}};
  cli::add_choice(app, "--log", settings.log, levels, "off, error, info or debug, to stderr [error]")
      ->type_name("LEVEL");
  app.set_version_flag("--version", "eddy-echo 0.1.0");
  return cli::run(app, argc, argv, [&] { return serve(settings); });
}
