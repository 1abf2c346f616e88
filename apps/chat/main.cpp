// eddy-chat: an IRC server.
#include <apps/cli/driver_option.h>
#include <apps/cli/log.h>
#include <apps/cli/process.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <apps/cli/summary.h>
#include <apps/cli/to_stderr.h>
#include <fmt/format.h>
#include <reactor/loop.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "apps/chat/config.h"
#include "apps/chat/password.h"
#include "apps/chat/server.h"

namespace {

using namespace std::chrono_literals;

struct Settings {
  std::vector<std::string> listen;
  std::string config;
  std::string driver;
  std::size_t max_connections = std::numeric_limits<std::size_t>::max();
  eddy::Duration drain = 5s;
  cli::LogLevel log = cli::LogLevel::error;
  bool hash_password = false;
};

chat::Config config_of(const Settings& settings) {
  return settings.config.empty() ? chat::Config{} : chat::read_config(settings.config);
}

int print_hash() {
  std::string password;
  if (!std::getline(std::cin, password) || password.empty()) {
    throw cli::UsageError("--hash-password: expected a password on the standard input");
  }
  fmt::print("{}\n", chat::hash_password(password).to_string());
  return 0;
}

// A configuration that cannot be used leaves the server with the one it has.
void reload(chat::Server& server, const Settings& settings, const cli::Log& log) {
  try {
    const auto later = server.rehash(config_of(settings));
    log.write(cli::LogLevel::info, "the configuration was read anew");
    if (!later.empty()) log.write(cli::LogLevel::error, later);
  } catch (const std::exception& error) {
    log.write(cli::LogLevel::error, fmt::format("the configuration stays as it was: {}", error.what()));
  }
}

int serve(const Settings& settings) {
  cli::ignore_signals_without_meaning();
  auto config = config_of(settings);
  cli::take_all_descriptors();
  cli::Log log(settings.log);
  const auto few = cli::too_few_descriptors("max_clients", config.max_clients, {"tcp://*"});
  if (!few.empty()) log.write(cli::LogLevel::error, few);
  eddy::Loop loop({.driver = settings.driver, .observer = &log});
  log.write(cli::LogLevel::info, fmt::format("driver {}: {}", loop.driver().name, loop.driver().reason));

  chat::Server server(loop, std::move(config));
  server.on_rehash([&] { return config_of(settings); });
  server.on_warning([&](std::string_view text) { log.write(cli::LogLevel::error, text); });
  server.on_die([&] { loop.drain(settings.drain); });
  bool forced = false;
  const auto on_signal = [&](int) {
    forced = loop.draining();
    if (forced) return loop.stop();
    log.write(cli::LogLevel::info, "draining; another signal ends at once");
    loop.drain(settings.drain);
  };
  for (const int signal : {SIGINT, SIGTERM}) loop.on_signal(signal, on_signal);
  if (const auto signal = cli::reload_signal()) {
    loop.on_signal(*signal, [&](int) { reload(server, settings, log); });
  }

  std::vector<std::string> urls;
  for (const auto& url : settings.listen) {
    urls.push_back(
        server.listen(url, {.max_connections = settings.max_connections, .socket = {.keep_alive = eddy::KeepAlive{}}})
            .to_string());
  }
  // Only now: whoever reads it relies on all of them.
  for (const auto& url : urls) fmt::print("ready {}\n", url);
  std::fflush(stdout);
  const auto started = loop.clock();
  loop.run();
  cli::to_stderr(cli::summary("eddy-chat", loop.stats(), loop.clock() - started));
  return forced ? cli::exit_failure : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "An IRC server. Prints `ready URL` for each address it serves.\n"
      "SIGHUP reads the configuration anew; SIGINT or SIGTERM drains and prints statistics;\n"
      "a second one ends at once.\n"
      "A TCP peer whose host is gone is found out in two minutes, by keep-alive and PING.",
      "eddy-chat");
  Settings settings;
  app.add_option("-l,--listen", settings.listen,
                 "Where to serve: tcp://HOST:PORT or unix:PATH;\n"
                 "HOST may be * for every address, PORT 0 for a free one. Repeatable")
      ->allow_extra_args(false)
      ->type_name("URL");
  app.add_option("-c,--config", settings.config, "The server's configuration [none: defaults]")->type_name("FILE");
  app.add_flag("--hash-password", settings.hash_password,
               "Read a password from the standard input, print it as the configuration\ntakes it, and end");
  // Not required(): that would be said before what was mistyped.
  app.final_callback([&] {
    if (settings.listen.empty() && !settings.hash_password) throw CLI::RequiredError("--listen");
  });
  cli::add_driver_options(app, settings.driver);
  cli::add_quantity(app, "--max-connections", settings.max_connections, &cli::parse_count,
                    "Connections of each listener; more are closed at once [no limit]")
      ->type_name("N");
  cli::add_quantity(app, "--drain", settings.drain, &cli::parse_duration,
                    "How long the connections get to finish at the end [5s]")
      ->type_name("TIME");
  static constexpr cli::Choice<cli::LogLevel> levels[] = {{"off", cli::LogLevel::off},
                                                          {"error", cli::LogLevel::error},
                                                          {"info", cli::LogLevel::info},
                                                          {"debug", cli::LogLevel::debug}};
  cli::add_choice(app, "--log", settings.log, levels, "off, error, info or debug, to stderr [error]")
      ->type_name("LEVEL");
  app.set_version_flag("--version", "eddy-chat 0.1.0");
  return cli::run(app, argc, argv, [&] { return settings.hash_password ? print_hash() : serve(settings); });
}
