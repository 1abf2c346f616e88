#include "command_line.h"

#include <apps/cli/driver_option.h>
#include <apps/cli/quantity.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "load_shape.h"
#include "rate_search.h"

#include "output/output_options.h"

namespace load {
namespace {

std::uint64_t seed(std::string_view text) { return cli::parse_whole(text, 0); }

Template template_of(std::string_view text) { return Template(text); }
LinePattern pattern_of(std::string_view text) { return LinePattern(text); }

constexpr auto* stream_url = "The server: tcp://HOST:PORT or unix:PATH";

// Not required(): that would be said before what was mistyped.
void need_url(const std::string& url) {
  if (url.empty()) throw CLI::RequiredError("url");
}

void add_url(CLI::App& command, std::string& url, const std::string& help) {
  command.add_option("url", url, help)->type_name("URL");
  command.final_callback([&url] { need_url(url); });
}

// The subcommand of `protocol`, with the options that all protocols of Settings have.
CLI::App& add_protocol(CLI::App& app, Settings& settings, Protocol protocol, const std::string& help,
                       const std::string& url_help) {
  auto& command = *app.add_subcommand(std::string(name_of(protocol)), help);
  add_url(command, settings.url, url_help);
  command.final_callback([&settings, protocol] {
    need_url(settings.url);
    settings.protocol = protocol;
  });
  cli::add_quantity(command, "-c,--connections", settings.connections, &cli::parse_count,
                    protocol == Protocol::echo ? "Connections, or sockets for datagrams [50]" : "Connections [50]")
      ->type_name("N");
  cli::add_quantity(command, "-d,--duration", settings.duration, &cli::parse_positive_duration,
                    "How long to measure [10s]")
      ->type_name("TIME");
  add_shape_options(command, settings);
  add_machine_options(command, settings);
  add_search_options(command, settings);
  cli::add_quantity(command, "--timeout", settings.timeout, &cli::parse_positive_duration,
                    protocol == Protocol::echo
                        ? "Give a stream up on which nothing moves for so long while answers are due [10s];\n"
                          "count a datagram lost that is not answered in this time [1s]"
                        : "Give a connection up on which nothing moves for so long while answers are due [10s]")
      ->type_name("TIME");
  cli::add_quantity(command, "--grace", settings.grace, &cli::parse_duration,
                    "How long to wait at the end for answers outstanding [5s]")
      ->type_name("TIME");
  cli::add_quantity(command, "--connect-timeout", settings.connect_timeout, &cli::parse_positive_duration,
                    "How long a connection may take to open [10s]")
      ->type_name("TIME");
  cli::add_quantity(command, "--seed", settings.seed, &seed,
                    "Of all that is random: bytes, fields, keys; the same seed asks the same [1]")
      ->type_name("N");
  cli::add_driver_options(command, settings.driver);
  add_json(command, settings.json);
  add_outputs(command, settings.outputs);
  return command;
}

// What a request is made of when all options are read.
struct HttpRequestParts {
  std::string method;
  std::vector<std::string> headers;
  std::optional<Template> body;
};

}  // namespace

void add_json(CLI::App& command, std::string& json) {
  command.add_option("--json", json, "Write the report to this file, too; - is stdout")->type_name("FILE");
}

void add_echo(CLI::App& app, Settings& settings) {
  auto& echo =
      add_protocol(app, settings, Protocol::echo, "Loads a server that sends back what it gets, and checks every byte",
                   "The server: tcp://HOST:PORT, udp://HOST:PORT, unix:PATH or unixgram:PATH");
  cli::add_quantity(echo, "--size", settings.size, &cli::parse_size,
                    "Bytes of a message, such as 1, 64k or 1M; a datagram has at least 16 [64]")
      ->type_name("BYTES");
  echo.add_flag("--allow-loss", settings.allow_loss, "Datagrams: lost and duplicated ones do not make the run fail");
}

void add_line(CLI::App& app, Settings& settings) {
  auto& line =
      add_protocol(app, settings, Protocol::line,
                   "Loads a server that answers each line with a line.\n"
                   "Templates have fields: {conn} {seq} {rand:16} {hex:8} {pick:a,b,c} {file:PATH}, and {{ for {",
                   stream_url);
  cli::add_quantity(line, "--request", settings.line.request, &template_of, "What is asked, without the line's end")
      ->type_name("TEMPLATE");
  cli::add_quantity(line, "--expect", settings.line.expect, &template_of,
                    "What is to be answered, whole; random fields are those of the request in the same order")
      ->type_name("TEMPLATE");
  cli::add_quantity(line, "--expect-regex", settings.line.expect_pattern, &pattern_of,
                    "What is to be found in the answer; as ECMAScript has it")
      ->type_name("RE");
  static constexpr cli::Choice<std::string_view> newlines[] = {{"crlf", "\r\n"}, {"lf", "\n"}};
  cli::add_choice(line, "--newline", settings.line.newline, newlines, "How a request ends: crlf or lf [crlf]");
}

void add_frames(CLI::App& app, Settings& settings) {
  auto& frames =
      add_protocol(app, settings, Protocol::frames,
                   "Loads a server that sends back frames, a length and so many bytes; checks every byte", stream_url);
  cli::add_quantity(frames, "--size", settings.size, &cli::parse_size, "Bytes of a frame, without its length [64]")
      ->type_name("BYTES");
  cli::add_quantity(frames, "--max", settings.frames.max, &cli::parse_size,
                    "Frames of random sizes, from --size to this")
      ->type_name("BYTES");
  cli::add_quantity(frames, "--prefix", settings.frames.prefix, &cli::parse_count,
                    "Bytes of the length: 1, 2, 4 or 8 [4]")
      ->type_name("N");
  frames.add_flag("--little-endian", settings.frames.little_endian,
                  "The length has its least significant byte first [most]");
}

void add_cache(CLI::App& app, Settings& settings) {
  auto& options = settings.cache;
  auto& cache = add_protocol(app, settings, Protocol::cache,
                             "Loads a memcached server with gets and sets, in the text protocol", stream_url);
  cli::add_quantity(cache, "--keys", options.keys, &cli::parse_count, "How many keys there are [10000]")
      ->type_name("N");
  cli::add_quantity(cache, "--key-size", options.key_size, &cli::parse_count, "Bytes of a key [16]")
      ->type_name("BYTES");
  cli::add_quantity(cache, "--distribution", options.zipf, &parse_distribution,
                    "Which keys are asked for: uniform, or zipf[:S], few of them often [uniform]")
      ->type_name("NAME");
  auto* share = cli::add_quantity(cache, "--get-ratio", options.get_ratio, &parse_share,
                                  "Share of gets; the others are sets [0.9]")
                    ->type_name("SHARE");
  cli::add_quantity(cache, "--ratio", options.get_ratio, &parse_ratio, "The same as GET:SET")
      ->type_name("GET:SET")
      ->excludes(share);
  cli::add_quantity(cache, "--value-size", options.value_size, &parse_sizes,
                    "Bytes of a value, such as 100, or 64-4k for random sizes [100]")
      ->type_name("BYTES");
  cache.add_flag("--verify", options.verify, "Check every byte of what is got; only eddy-load may have set these keys");
  cache.add_flag("--preload", options.preload, "Set every key before measuring");
}

void add_http(CLI::App& app, Settings& settings) {
  auto asked = std::make_shared<HttpRequestParts>();
  auto& http = add_protocol(app, settings, Protocol::http,
                            "Loads a web server over HTTP/1.1, with connections kept alive.\n"
                            "Path and body may have fields: {conn} {seq} {rand:16} {hex:8} {pick:a,b,c} {file:PATH}",
                            "http://HOST[:PORT][/PATH]");
  http.add_option("--method", asked->method, "GET, HEAD, PUT ... [GET; POST with --body]")->type_name("NAME");
  http.add_option("--header", asked->headers, "'Name: value', sent with each request; may be given several times")
      ->type_name("HEADER")
      ->allow_extra_args(false);
  cli::add_quantity(http, "--body", asked->body, &parse_body,
                    "Sent with each request: a text with fields, or @FILE, which is sent as it is")
      ->type_name("TEXT|@FILE");
  cli::add_quantity(http, "--expect-status", settings.http.expect_status, &parse_statuses,
                    "Other answers are wrong, such as 200 or 200,404 [200 to 399]")
      ->type_name("CODES");
  cli::add_quantity(http, "--verify-body", settings.http.verify_body, &parse_body,
                    "What the bodies of the answers are to be, as for --body")
      ->type_name("TEXT|@FILE");
  // When all is known.
  http.final_callback([&settings, asked] {
    need_url(settings.url);
    settings.protocol = Protocol::http;
    settings.http.url = settings.url;
    if (!settings.more_urls.empty()) {
      throw cli::UsageError(settings.more_urls.front() +
                            ": expected one URL for http, whose path and Host are its own");
    }
    const auto url = HttpUrl::parse(settings.http.url);
    settings.url = url.connect;
    settings.http.request = HttpRequest(url, asked->method, asked->headers, asked->body);
  });
}

void add_protocols(CLI::App& app, Settings& settings) {
  for (const auto add : {&add_echo, &add_line, &add_frames, &add_cache, &add_http}) add(app, settings);
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
  cli::add_quantity(chat, "--rate", settings.rate, &parse_per_second,
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
  cli::add_quantity(chat, "--ramp", settings.ramp, &parse_per_second,
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
