// Attacks on an echo server.
#include <string>

#include "attack.h"

namespace attack {
namespace {

std::string a_letter(std::uint64_t) { return "x"; }

std::vector<Attack> echo_streams() {
  return {
      {"echo-places", false, "one host that wants 3000 places", SwarmPlan{.connections = 3000, .opened = 800}},
      {"echo-connects", false, "500 connections a second, each for a second",
       SwarmPlan{.connections = 1000, .hosts = 10, .opened = 500, .life = 1}},
      {"echo-resets", false, "500 connections a second with some bytes and a reset",
       SwarmPlan{.connections = 50,
                 .hosts = 10,
                 .opened = 500,
                 .preamble = [](const Speaker&) { return std::string(1000, 'x'); },
                 .life = 0.02}},
      {"echo-deaf", false, "much, without reading",
       SwarmPlan{.connections = 200,
                 .payload = [](const Speaker&) { return std::string(65536, 'x'); },
                 .rate = 10,
                 .reads = false}},
      {"echo-flood", false, "25 MB a second",
       SwarmPlan{.payload = [](const Speaker&) { return std::string(65536, 'x'); }, .rate = 20}},
      {"echo-slow", false, "a byte a second of 1000 connections",
       SwarmPlan{.connections = 1000,
                 .opened = 500,
                 .payload = [](const Speaker&) { return std::string(1, 'x'); },
                 .rate = 1}},
  };
}

std::vector<Attack> echo_datagrams() {
  return {
      {"echo-udp-itself", false, "forged: a byte from the server itself", std::nullopt,
       VolleyPlan{Sender::itself, a_letter, 100}},
      {"echo-udp-between", false, "forged: a byte from another echo server", std::nullopt,
       VolleyPlan{Sender::second, a_letter, 100}},
      {"echo-udp-known-port", false, "forged: a byte from chargen's port", std::nullopt,
       VolleyPlan{Sender::known_port, a_letter, 5000}},
      {"echo-udp-same-port", false, "a byte from the same port of another address", std::nullopt,
       VolleyPlan{Sender::same_port, a_letter, 5000}},
      {"echo-udp-flood", false, "10,000 datagrams a second", std::nullopt,
       VolleyPlan{Sender::true_one, [](std::uint64_t) { return std::string(500, 'x'); }, 10000}},
  };
}

}  // namespace

std::vector<Attack> echo_attacks() {
  auto all = echo_streams();
  const auto more = echo_datagrams();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<Attack> all_attacks() {
  auto all = chat_attacks();
  for (const auto& more : {cache_attacks(), echo_attacks()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  text.reserve(part.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

}  // namespace attack
