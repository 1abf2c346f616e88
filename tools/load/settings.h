// What one run is asked to do: the command line, as values.
#pragma once

#include <reactor/address.h>
#include <reactor/options.h>
#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arrival.h"
#include "hostility.h"
#include "output/outputs.h"
#include "protocols/cache_options.h"
#include "protocols/frames_options.h"
#include "protocols/http_options.h"
#include "protocols/line_options.h"
#include "protocols/protocol.h"
#include "share.h"
#include "start_time.h"

namespace load {

// Open model: what becomes of a message that is due while Settings::pipeline of them are in flight on its connection.
enum class Overload : std::uint8_t {
  queue,     // waits in the client; its response time counts from the instant that was planned
  drop,      // is not sent, and counted
  throttle,  // waits, is counted, and its response time counts from the instant it is sent
};
std::string_view to_string(Overload overload);

// What is to hold for the response times at the rate that is looked for.
struct SearchGoal {
  std::string figure = "p99";
  eddy::Duration limit{0};  // below which it is to be
};

// Rates, one run after the other.
struct Staircase {
  double from = 0;
  double to = 0;
  double step = 0;
};

struct Settings {
  Protocol protocol = Protocol::echo;  // datagrams: only echo
  std::string url;                     // tcp://, udp://, unix: or unixgram:
  std::size_t connections = 50;        // for datagrams: sockets, each with a port or name of its own
  std::size_t size = 64;               // echo, frames: bytes of a message
  std::optional<std::size_t> pipeline =
      {};  // messages in flight on each connection; unset: 1, in the open model no limit
  eddy::Duration duration = std::chrono::seconds(10);  // of the measured phase
  std::optional<double> rate = {};                     // messages per second, all together: the open model
  std::uint64_t seed = 1;                              // of the bytes that are sent
  std::string driver = {};                             // empty: the best one here
  std::optional<eddy::Duration> timeout = {};          // unset: what timeout_or_default() says
  eddy::Duration grace = std::chrono::seconds(5);
  eddy::Duration connect_timeout = std::chrono::seconds(10);
  bool allow_loss = false;
  std::string json = {};  // a path, "-" for stdout, empty for none
  bool progress = false;  // show the live line on stderr
  Outputs outputs = {};

  // Of the protocol that was chosen.
  LineOptions line = {};
  FramesOptions frames = {};
  CacheOptions cache = {};
  HttpOptions http = {};

  // How the load is made (load_shape.h)
  bool closed = false;                      // the closed model was asked for by name
  std::optional<Arrival> arrival = {};      // open model; unset: fixed
  std::optional<Overload> overload = {};    // open model; unset: queue
  std::vector<std::string> more_urls = {};  // servers beside url, over which the connections are spread in turn
  std::vector<std::string> sources = {};    // local addresses of the connections, in turn; empty: the system's choice
  std::optional<eddy::PortRange> local_ports = {};
  std::optional<double> ramp = {};              // connections opened per second; unset: as fast as it goes
  std::optional<eddy::Duration> think = {};     // closed model: from an answer to the next request
  std::optional<eddy::Duration> lifetime = {};  // a connection is replaced by a new one after so long
  std::size_t threads = 1;                      // each with a loop
  bool churn = false;                           // each exchange has a connection of its own

  std::optional<SearchGoal> search = {};    // rate_search.h
  std::optional<Staircase> staircase = {};  // likewise
  std::vector<HostileGroup> hostile = {};   // bad clients beside the good ones

  // Of a run that several processes share (plan.h): which part of all connections, messages and bad clients is this
  // one's. Everything above says the whole.
  Share shard = {};
  std::optional<WallTime> at = {};  // when to begin to measure; unset: when all connections are open

  std::size_t own_connections() const { return static_cast<std::size_t>(shard.count(connections)); }
  std::optional<double> own_rate() const {
    return rate ? std::optional(*rate / static_cast<double>(shard.of)) : std::nullopt;
  }

  // A connection is not for the whole run.
  bool renews() const { return churn || lifetime.has_value(); }
  std::size_t sockets() const {
    auto count = own_connections();
    for (const auto& group : hostile) count += static_cast<std::size_t>(shard.count(group.count));
    return count;
  }
  // An HTTP server may end connections, too; rarely all of them at once.
  std::size_t descriptors() const { return sockets() + (renews() ? own_connections() : 0); }

  // A stream on which nothing moves for so long while answers are due is given up; a datagram not answered for so
  // long is counted lost.
  eddy::Duration timeout_or_default(bool datagrams) const {
    return timeout.value_or(datagrams ? std::chrono::seconds(1) : std::chrono::seconds(10));
  }
};

// What a datagram carries in front: sequence number, connection, check. A message cannot be shorter.
inline constexpr std::size_t datagram_header = 16;
inline constexpr std::size_t largest_udp_payload = 65507;    // 65535 less the headers of IPv4 (20) and UDP (8)
inline constexpr std::size_t largest_unix_datagram = 65536;  // eddy delivers none that is longer
inline constexpr std::size_t most_in_flight = 10'000'000;    // messages of all connections, each of which takes memory
inline constexpr std::size_t largest_message = std::size_t{1} << 30;

// The checks of url and driver that all protocols share. check_target answers where to connect to, like check().
std::vector<eddy::Address> check_target(const std::string& url);
void check_driver(const std::string& name);

// Checks what can be known before a socket is opened, and answers where to connect to: one address, or several for a
// name that has several. Looks names up, which blocks.
// Throws cli::UsageError or std::system_error, with one line that names the input and what was expected.
std::vector<eddy::Address> check(const Settings& settings);

}  // namespace load
