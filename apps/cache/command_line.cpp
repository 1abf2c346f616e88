#include "command_line.h"

#include <apps/cli/driver_option.h>
#include <apps/cli/program.h>
#include <apps/cli/quantity.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace cache {
namespace {

constexpr std::uint16_t usual_port = 11211;
constexpr std::size_t most_threads = 256;

std::uint16_t parse_port(std::string_view text) {
  try {
    const auto number = cli::parse_whole(text, 0);
    if (number <= std::numeric_limits<std::uint16_t>::max()) return static_cast<std::uint16_t>(number);
  } catch (const std::invalid_argument&) {  // says less than what follows
  }
  throw std::invalid_argument("expected a port from 0 to 65535");
}

std::size_t parse_megabytes(std::string_view text) {
  static constexpr auto most = std::min(std::numeric_limits<std::size_t>::max() / mebibyte, std::size_t{1} << 30);
  try {
    return static_cast<std::size_t>(cli::parse_whole(text, 1, most)) * mebibyte;
  } catch (const std::invalid_argument&) {
    throw std::invalid_argument(fmt::format("expected a whole number of megabytes from 1 to {}", most));
  }
}

std::size_t parse_item_size(std::string_view text) {
  std::size_t size = 0;
  try {
    size = cli::parse_size(text);
  } catch (const std::invalid_argument&) {
  }
  if (size < 1024 || size > 1024 * mebibyte) throw std::invalid_argument("expected a size from 1k to 1024m");
  return size;
}

std::size_t parse_connection_memory(std::string_view text) {
  const auto size = cli::parse_size(text);
  if (size == 0) throw std::invalid_argument("expected more than 0, such as 512m");
  return size;
}

std::size_t parse_requests(std::string_view text) {
  const auto number = cli::parse_count(text);
  if (number > 1'000'000) throw std::invalid_argument("expected at most 1000000");
  return number;
}

std::size_t parse_threads(std::string_view text) {
  try {
    const auto number = cli::parse_count(text);
    if (number <= most_threads) return number;
  } catch (const std::invalid_argument&) {
  }
  throw std::invalid_argument(fmt::format("expected 1 to {} threads", most_threads));
}

int parse_backlog(std::string_view text) {
  const auto number = cli::parse_count(text);
  if (number > 1'000'000) throw std::invalid_argument("expected at most 1000000");
  return static_cast<int>(number);
}

// An interface as -l has it: an address or a name, with a port of its own or without.
struct Interface {
  std::string host;
  std::optional<std::string> port;
};

Interface read_interface(const std::string& text) {
  const auto colons = std::count(text.begin(), text.end(), ':');
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end != std::string::npos && text.substr(end).starts_with("]:"))
      return {text.substr(0, end + 1), text.substr(end + 2)};
    return {text, {}};
  }
  if (colons == 1) {
    const auto colon = text.find(':');
    return {text.substr(0, colon), text.substr(colon + 1)};
  }
  if (colons > 1) return {"[" + text + "]", {}};
  return {text, {}};
}

// Options of memcached's whose silent absence would surprise.
void refuse(CLI::App& app, const char* names, const char* why) {
  app.add_option_function<std::string>(
         names,
         [names, why](const std::string&) {
           throw cli::UsageError(fmt::format("{}: not supported: {}", cli::long_name(names), why));
         },
         fmt::format("Not supported: {}", why))
      ->type_name("")
      ->expected(0, 1);
}

}  // namespace

std::vector<std::string> CommandLine::addresses() const {
  auto all = urls;
  if (!unix_path.empty()) {
    // 0 is what memcached has for none.
    if (port.value_or(0) != 0 || udp_port != 0 || !interfaces.empty()) {
      throw cli::UsageError("-s " + unix_path + ": expected no -p, -U or -l with it; --listen takes any mix");
    }
    all.push_back("unix:" + unix_path);
  } else if (port || udp_port != 0 || !interfaces.empty() || urls.empty()) {
    // As memcached does it: -U alone is for both.
    const auto tcp_port = port.value_or(udp_port != 0 ? udp_port : usual_port);
    const auto served = interfaces.empty() ? std::vector<std::string>{"*"} : interfaces;
    for (const auto& host : served) {
      const auto interface = read_interface(host);
      all.push_back(
          fmt::format("tcp://{}:{}", interface.host, interface.port ? *interface.port : std::to_string(tcp_port)));
      if (udp_port != 0) all.push_back(fmt::format("udp://{}:{}", interface.host, udp_port));
    }
  }
  return all;
}

void declare(CLI::App& app, CommandLine& line) {
  auto& settings = line.settings;
  cli::add_quantity(app, "-p,--port", line.port, &parse_port, "TCP port; 0 for a free one [11211]")->type_name("PORT");
  cli::add_quantity(app, "-U,--udp-port", line.udp_port, &parse_port, "UDP port; 0 for none [0]")->type_name("PORT");
  app.add_option("-l,--interface", line.interfaces,
                 "Address or name to listen at, with a port of its own or without;\nseveral with commas, or repeated "
                 "[every address]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("HOST[:PORT]");
  app.add_option("-s,--unix-socket", line.unix_path, "Serve at this Unix socket, and not on the network")
      ->type_name("PATH");
  app.add_option("--listen", line.urls,
                 "Where to serve: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH. Repeatable;\nwith -p, -U, -l or -s "
                 "besides those")
      ->allow_extra_args(false)
      ->type_name("URL");
  cli::add_quantity(app, "-m,--memory-limit", settings.memory_limit, &parse_megabytes,
                    "Memory for items, in megabytes [64]")
      ->type_name("MB");
  cli::add_quantity(app, "-I,--max-item-size", settings.item_size_max, &parse_item_size, "Largest item [1m]")
      ->type_name("SIZE");
  cli::add_quantity(app, "-t,--threads", line.threads, &parse_threads, "Loops, each on a thread of its own [4]")
      ->type_name("N");
  cli::add_quantity(app, "-c,--conn-limit", settings.max_connections, &cli::parse_count,
                    "Connections of each address; more are closed at once [4096]")
      ->type_name("N");
  cli::add_host_options(app, line.hosts);
  cli::add_quantity(app, "--connection-memory", settings.connection_memory, &parse_connection_memory,
                    "Memory for unsent answers and unfinished requests; of each thread at least\n64m and four of the "
                    "largest items [512m]")
      ->type_name("SIZE");
  cli::add_quantity(app, "--request-timeout", settings.request_timeout, &cli::parse_positive_duration,
                    "Close a connection whose request has been under way for so long, and longer\nthan 16 KiB a second "
                    "make good [30s]")
      ->type_name("TIME");
  cli::add_quantity(app, "-R,--max-reqs-per-event", settings.requests_per_event, &parse_requests,
                    "Requests of one connection before others have their turn [20]")
      ->type_name("N");
  cli::add_quantity(app, "-b,--listen-backlog", settings.backlog, &parse_backlog,
                    "Connections that wait to be accepted [1024]")
      ->type_name("N");
  cli::add_driver_options(app, line.driver);
  app.add_flag("-v,--verbose", line.verbosity,
               "Log connections to stderr; -vv commands too. Clients may ask for less by `verbosity`");
  app.add_option("-P,--pidfile", line.pid_file,
                 "Write the process's number to this file, which no other process may hold")
      ->type_name("FILE");
  refuse(app, "-d,--daemon", "start it in the background, such as by systemd or `eddy-cache &`");
  refuse(app, "-u,--user", "start it as that user, such as by systemd's User= or setpriv(1)");
  refuse(app, "-M,--disable-evictions", "the oldest items make room for new ones");
  refuse(app, "-S,--enable-sasl", "there is no authentication");
  refuse(app, "-Y,--auth-file", "there is no authentication");
  refuse(app, "-Z,--enable-ssl", "there is no TLS");
  app.set_version_flag("-V,--version", "eddy-cache 0.1.0");
}

}  // namespace cache
