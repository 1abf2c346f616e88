// eddy-chat: an IRC server.
#include <apps/cli/driver_option.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <apps/cli/to_stderr.h>
#include <fmt/format.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <cstdio>
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

int serve(const Settings& settings) {
  if (settings.hash_password) return print_hash();
  auto config = config_of(settings);
  eddy::Loop loop({.driver = settings.driver});
  chat::Server server(loop, std::move(config));
  server.on_rehash([&] { return config_of(settings); });
  server.on_die([&] { loop.drain(settings.drain); });
  bool forced = false;
  for (const int signal : {SIGINT, SIGTERM}) {
    loop.on_signal(signal, [&](int) {
      forced = loop.draining();
      forced ? loop.stop() : loop.drain(settings.drain);
    });
  }
  std::vector<std::string> urls;
  for (const auto& url : settings.listen) {
    urls.push_back(server.listen(url, {.max_connections = settings.max_connections}).to_string());
  }
  for (const auto& url : urls) fmt::print("ready {}\n", url);
  std::fflush(stdout);
  loop.run();
  return forced ? cli::exit_failure : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An IRC server.", "eddy-chat");
  Settings settings;
  app.add_option("-l,--listen", settings.listen,
                 "Where to serve: tcp://HOST:PORT or unix:PATH;\n"
                 "HOST may be * for every address, PORT 0 for a free one. Repeatable")
      ->allow_extra_args(false)
      ->type_name("URL");
  app.add_option("-c,--config", settings.config, "The server's configuration; read anew on SIGHUP and REHASH [none]")
      ->type_name("FILE");
  app.add_flag("--hash-password", settings.hash_password,
               "Read a password from the standard input, print what the configuration takes for it, and end");
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
  app.set_version_flag("--version", "eddy-chat 0.1.0");
  return cli::run(app, argc, argv, [&] { return serve(settings); });
}
