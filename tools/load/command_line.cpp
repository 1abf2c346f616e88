#include "command_line.h"

#include <apps/cli/driver_option.h>
#include <apps/cli/quantity.h>

#include <charconv>
#include <stdexcept>
#include <string_view>

#include "output/output_options.h"

namespace load {
namespace {

std::uint64_t seed(std::string_view text) { return cli::parse_whole(text, 0); }

double per_second(std::string_view text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || !(number > 0 && number <= 1e9)) {
    throw std::invalid_argument("expected a number per second, more than 0 and at most 1e9");
  }
  return number;
}

void add_url(CLI::App& command, std::string& url, const std::string& help) {
  command.add_option("url", url, help)->type_name("URL");
  // Not required(): that would be said before what was mistyped.
  command.final_callback([&url] {
    if (url.empty()) throw CLI::RequiredError("url");
  });
}

void add_json(CLI::App& command, std::string& json) {
  command.add_option("--json", json, "Write the report to this file, too; - is stdout")->type_name("FILE");
}

}  // namespace

void add_echo(CLI::App& app, Settings& settings) {
  auto& echo = *app.add_subcommand("echo", "Loads a server that sends back what it gets, and checks every byte");
  add_url(echo, settings.url, "The server: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH or unixgram:PATH");
  cli::add_quantity(echo, "-c,--connections", settings.connections, &cli::parse_count,
                    "Connections, or sockets for datagrams [50]")
      ->type_name("N");
  cli::add_quantity(echo, "--size", settings.size, &cli::parse_size,
                    "Bytes of a message, such as 1, 64k or 1M; a datagram has at least 16 [64]")
      ->type_name("BYTES");
  cli::add_quantity(echo, "--pipeline", settings.pipeline, &cli::parse_count,
                    "Messages that each connection keeps in flight, without --rate [1]")
      ->type_name("DEPTH");
  cli::add_quantity(echo, "-d,--duration", settings.duration, &cli::parse_positive_duration,
                    "How long to measure [10s]")
      ->type_name("TIME");
  cli::add_quantity(echo, "--rate", settings.rate, &per_second,
                    "Open model: messages per second in all, sent on schedule whatever the server does,\n"
                    "and timed from the instant they were due")
      ->type_name("N");
  cli::add_quantity(echo, "--timeout", settings.timeout, &cli::parse_positive_duration,
                    "Give a stream up on which nothing moves for so long while answers are due [10s];\n"
                    "count a datagram lost that is not answered in this time [1s]")
      ->type_name("TIME");
  cli::add_quantity(echo, "--grace", settings.grace, &cli::parse_duration,
                    "How long to wait at the end for answers outstanding [5s]")
      ->type_name("TIME");
  cli::add_quantity(echo, "--connect-timeout", settings.connect_timeout, &cli::parse_positive_duration,
                    "How long a connection may take to open [10s]")
      ->type_name("TIME");
  echo.add_flag("--allow-loss", settings.allow_loss, "Datagrams: lost and duplicated ones do not make the run fail");
  cli::add_quantity(echo, "--seed", settings.seed, &seed, "Of the bytes that are sent [1]")->type_name("N");
  cli::add_driver_options(echo, settings.driver);
  add_json(echo, settings.json);
  add_outputs(echo, settings.outputs);
}

void add_chat(CLI::App& app, chat::Settings& settings) {
  auto& chat = *app.add_subcommand("chat",
                                   "Loads an IRC server: one speaks in a channel, and all others are to hear it.\n"
                                   "Checks loss, duplicates, order and every byte");
  add_url(chat, settings.url, "The server: tcp://HOST:PORT or unix:PATH");
  cli::add_quantity(chat, "-c,--connections", settings.receivers, &cli::parse_count,
                    "Members of the channel beside the speaker [50]")
      ->type_name("N");
  cli::add_quantity(chat, "--size", settings.size, &cli::parse_size, "Bytes of a message's text [100]")
      ->type_name("BYTES");
  cli::add_quantity(chat, "-d,--duration", settings.duration, &cli::parse_positive_duration, "How long to speak [10s]")
      ->type_name("TIME");
  cli::add_quantity(chat, "--rate", settings.rate, &per_second,
                    "Open model: messages per second, sent on schedule and timed from the instant they were due;\n"
                    "without it a message is sent when all have the last one")
      ->type_name("N");
  chat.add_option("--channel", settings.channel, "Where they meet [#eddy-load]")->type_name("NAME");
  chat.add_option("--nick-prefix", settings.nick_prefix, "What the members' names begin with [load]")
      ->type_name("NAME");
  chat.add_option("--password", settings.password, "Of the server")->type_name("TEXT");
  cli::add_quantity(chat, "--joining", settings.joining, &cli::parse_count,
                    "Members on their way into the channel at a time; a server whose queue of new\n"
                    "connections is short loses some of too many [8]")
      ->type_name("N");
  cli::add_quantity(chat, "--ramp", settings.ramp, &per_second,
                    "New members per second [as fast as the server takes them]")
      ->type_name("N");
  cli::add_quantity(chat, "--join-timeout", settings.join_timeout, &cli::parse_positive_duration,
                    "How long a member may take to come into the channel [60s]")
      ->type_name("TIME");
  cli::add_quantity(chat, "--timeout", settings.timeout, &cli::parse_positive_duration,
                    "Give a receiver up that has not got a message in this time [10s]")
      ->type_name("TIME");
  cli::add_quantity(chat, "--grace", settings.grace, &cli::parse_duration,
                    "How long to wait at the end for deliveries outstanding [5s]")
      ->type_name("TIME");
  cli::add_quantity(chat, "--connect-timeout", settings.connect_timeout, &cli::parse_positive_duration,
                    "How long a connection may take to open [10s]")
      ->type_name("TIME");
  cli::add_quantity(chat, "--seed", settings.seed, &seed, "Of the bytes that are sent [1]")->type_name("N");
  cli::add_driver_options(chat, settings.driver);
  add_json(chat, settings.json);
}

}  // namespace load
