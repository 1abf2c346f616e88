// What one run is asked to do: the command line, as values.
#pragma once

#include <reactor/address.h>
#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "output/outputs.h"

namespace load {

struct Settings {
  std::string url;                                     // tcp://, udp://, unix: or unixgram:
  std::size_t connections = 50;                        // for datagrams: sockets, each with a port or name of its own
  std::size_t size = 64;                               // bytes of a message
  std::optional<std::size_t> pipeline = {};            // closed model: messages in flight on each connection; unset: 1
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

  // A stream on which nothing moves for so long while answers are due is given up; a datagram not answered for so long
  // is counted lost.
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
