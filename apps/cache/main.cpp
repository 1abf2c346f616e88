// eddy-cache: a cache that speaks memcached's text protocol.
#include <apps/cli/driver_option.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <apps/cli/to_stderr.h>
#include <fmt/format.h>
#include <reactor/loop.h>

#include <cstdio>
#include <string>
#include <vector>

#include "server.h"

namespace {

using namespace std::chrono_literals;

struct Options {
  std::vector<std::string> urls;
  std::string driver;
  cache::Settings settings;
};

int serve(const Options& options) {
  eddy::Loop loop({.driver = options.driver});
  bool forced = false;
  const auto on_signal = [&](int) {
    forced = loop.draining();
    if (forced) return loop.stop();
    loop.drain(5s);
  };
  for (const int signal : {SIGINT, SIGTERM}) loop.on_signal(signal, on_signal);
  cache::Server server(loop, options.settings);
  std::vector<std::string> ready;
  for (const auto& url : options.urls) ready.push_back(server.listen(url).to_string());
  for (const auto& url : ready) fmt::print("ready {}\n", url);
  std::fflush(stdout);
  loop.run();
  return forced ? cli::exit_failure : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A cache that speaks memcached's text protocol.", "eddy-cache");
  Options options;
  app.add_option("--listen", options.urls, "Where to serve")->allow_extra_args(false)->type_name("URL");
  cli::add_driver_options(app, options.driver);
  return cli::run(app, argc, argv, [&] { return serve(options); });
}
