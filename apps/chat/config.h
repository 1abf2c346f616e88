// Config: what a chat server is told about itself. A file of lines `name value`; '#' begins a comment. README.md lists
// the names. Without any file the defaults below are a server that works.
#pragma once

#include <reactor/address_prefix.h>
#include <reactor/time.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/capability.h"
#include "apps/chat/password.h"

namespace chat {

using namespace std::chrono_literals;

struct Operator {
  std::string name;
  PasswordHash password;
  std::string mask = "*@*";  // of user@host, from where it may be used
};

struct Config {
  // Who the server is
  std::string server_name = "chat.eddy.local";
  std::string network = "eddy";
  std::string description = "an eddy chat server";
  std::vector<std::string> motd;            // lines
  std::vector<std::string> admin_location;  // up to two
  std::string admin_email;

  // Who may come in
  PasswordHash password;  // of every client (PASS); empty: none is needed
  std::vector<Operator> operators;
  std::size_t max_clients = 10'000;
  std::size_t clients_per_host = 20;
  std::size_t connects_per_minute = 20;   // of a host; so many may come at once
  std::size_t unregistered_per_host = 5;  // of these, connections that have not registered yet
  // For hosts in these the three limits do not hold. By default they are this machine, where a proxy or a bot is.
  std::vector<eddy::AddressPrefix> unlimited = {eddy::AddressPrefix::parse("127.0.0.0/8"),
                                                eddy::AddressPrefix::parse("::1")};
  eddy::Duration registration_timeout = 30s;

  // Lengths in bytes, and counts
  std::size_t nick_length = 30;
  std::size_t channel_length = 64;
  std::size_t topic_length = 390;
  std::size_t away_length = 200;
  std::size_t kick_length = 255;
  std::size_t channels_per_client = 50;
  std::size_t list_entries = 100;  // of each channel's b, e and I together
  // Of all channels: when there are as many, a channel may have one for each of its members, or 10.
  std::size_t all_list_entries = 20'000;
  std::size_t whowas_entries = 1'000;

  // What a connection may cost
  eddy::Duration ping_interval = 120s;  // silence after which a PING goes out
  eddy::Duration ping_timeout = 60s;    // and how long its answer may take
  std::size_t send_queue = 1024 * 1024;
  std::size_t recv_queue = 32 * 1024;           // bytes that flood control holds back of a client
  std::size_t send_memory = 128 * 1024 * 1024;  // of all send queues together, and input that is kept
  std::size_t flood_burst = 10;                 // lines at once
  double flood_rate = 2;                        // lines a second after that; 0: no flood control
  // A line counts as one more for each target beyond its first one, and for so many messages as it makes.
  std::size_t flood_messages = 500;

  CapabilitySet capabilities = CapabilitySet::all();  // offered to clients
};

// Throws std::invalid_argument with the line, what is in it and what was expected:
// "line 3: max_clients abc: expected a whole number from 1 up".
Config parse_config(std::string_view text);

// Reads a file. Throws std::system_error where it cannot, std::invalid_argument (with the path in front) for its
// content.
Config read_config(const std::string& path);

}  // namespace chat
