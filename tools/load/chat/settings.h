// What one run of `eddy-load chat` is asked to do: the command line, as values.
#pragma once

#include <reactor/address.h>
#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace load::chat {

struct Settings {
  std::string url;                                     // tcp:// or unix:
  std::size_t receivers = 50;                          // members of the channel beside the sender
  std::size_t size = 100;                              // bytes of a message's text
  eddy::Duration duration = std::chrono::seconds(10);  // of the measured phase
  std::optional<double> rate = {};                     // messages per second: the open model
  std::uint64_t seed = 1;                              // of the bytes that are sent
  std::string channel = "#eddy-load";
  std::string nick_prefix = "load";  // of the members' names, a number follows
  std::string password = {};         // for PASS; empty: none is sent
  std::size_t joining = 8;           // members on their way into the channel at a time
  std::optional<double> ramp = {};   // new members per second; unset: as fast as the server takes them
  std::string driver = {};           // empty: the best one here
  eddy::Duration join_timeout = std::chrono::seconds(60);  // from a connection's opening until it is in the channel
  eddy::Duration timeout = std::chrono::seconds(10);       // for a message to reach a receiver, which else is given up
  eddy::Duration grace = std::chrono::seconds(5);
  eddy::Duration connect_timeout = std::chrono::seconds(10);
  std::string json = {};  // a path, "-" for stdout, empty for none
  bool progress = false;  // show the live line on stderr
};

// The longest text of which every server can pass on all: its line has at most 512 bytes (RFC 2812, 2.3), with the
// sender's name and a host name of at most 63 bytes.
std::size_t largest_text(const Settings& settings);

// Checks what can be known before a socket is opened, and answers where to connect to, like load::check.
std::vector<eddy::Address> check(const Settings& settings);

}  // namespace load::chat
