// Attacks on a server of memcached's protocol.
#include <fmt/format.h>

#include <string>

#include "attack.h"
#include "collisions.h"

namespace attack {
namespace {

constexpr std::size_t almost_a_megabyte = 1'000'000;
constexpr std::string_view cache_done = "VERSION";
constexpr std::size_t many_connections = 600;

std::string a_byte(const Speaker&) { return "x"; }

std::string unfinished_set(const Speaker& who) {
  return fmt::format("set u{} 0 0 {}\r\n", who.number, almost_a_megabyte + 1000) + std::string(almost_a_megabyte, 'x');
}
std::string begun_set(const Speaker& who) { return fmt::format("set d{} 0 0 {}\r\n", who.number, almost_a_megabyte); }
std::string begun_meta_set(const Speaker& who) { return fmt::format("ms m{} {}\r\n", who.number, almost_a_megabyte); }
std::string begun_get(const Speaker&) { return "get"; }

std::string with_a_large_value(const Speaker& who) {
  return fmt::format("set big{} 0 0 {}\r\n{}\r\nversion\r\n", who.number, almost_a_megabyte,
                     std::string(almost_a_megabyte, 'x'));
}
std::string large_value(const Speaker& who) { return fmt::format("get big{}\r\n", who.number); }

std::string framed(std::string_view request) { return std::string("\0\1\0\0\0\1\0\0", 8).append(request); }

std::string colliding_sets(const Speaker&) {
  static Collisions keys("", 64, wide_alphabet(), 3);
  std::string text;
  for (int i = 0; i < 20; ++i) text += "set " + keys.next() + " 0 0 1 noreply\r\nx\r\n";
  return text;
}
std::string colliding_gets(const Speaker&) {
  static Collisions keys("", 64, wide_alphabet(), 4);
  std::string text = "get";
  for (int i = 0; i < 20; ++i) text += " " + keys.next();
  return text + "\r\n";
}

std::vector<Attack> unfinished_requests() {
  return {
      {"cache-unfinished-sets", true, "values of 1 MB that lack their end, a byte a second",
       SwarmPlan{
           .connections = many_connections, .opened = 60, .preamble = unfinished_set, .payload = a_byte, .rate = 1}},
      {"cache-unfinished-hosts", true, "the same from 60 hosts",
       SwarmPlan{.connections = many_connections,
                 .hosts = 60,
                 .opened = 60,
                 .preamble = unfinished_set,
                 .payload = a_byte,
                 .rate = 1}},
      {"cache-dripped-sets", true, "1 MB announced, and a byte a second",
       SwarmPlan{.connections = many_connections, .opened = 400, .preamble = begun_set, .payload = a_byte, .rate = 1}},
      {"cache-dripped-meta-sets", true, "the same with ms",
       SwarmPlan{
           .connections = many_connections, .opened = 400, .preamble = begun_meta_set, .payload = a_byte, .rate = 1}},
      {"cache-endless-gets", true, "a get with ever more keys",
       SwarmPlan{.connections = 100,
                 .preamble = begun_get,
                 .payload = [](const Speaker&) { return repeated(" " + std::string(200, 'k'), 5); },
                 .rate = 5}},
      {"cache-endless-lines", true, "lines without end",
       SwarmPlan{.connections = 100, .payload = [](const Speaker&) { return std::string(1024, 'x'); }, .rate = 5}},
      {"cache-slow-lines", true, "a byte a second",
       SwarmPlan{.connections = many_connections,
                 .opened = 400,
                 .payload = [](const Speaker& who) { return std::string(1, "get x\r\n"[who.turn % 7]); },
                 .rate = 1}},
  };
}

std::vector<Attack> costly_requests() {
  return {
      {"cache-unread-values", true, "large values, without reading",
       SwarmPlan{.connections = 200,
                 .preamble = with_a_large_value,
                 .payload = large_value,
                 .rate = 5,
                 .reads = false,
                 .done = cache_done}},
      {"cache-large-values", true, "20 MB of large values a second, read",
       SwarmPlan{.preamble = with_a_large_value, .payload = large_value, .rate = 1, .done = cache_done}},
      {"cache-appends", true, "a byte appended to 1 MB, 50 in a write",
       SwarmPlan{
           .preamble = with_a_large_value,
           .payload =
               [](const Speaker& who) { return repeated(fmt::format("append big{} 0 0 1\r\nx\r\n", who.number), 50); },
           .rate = 5,
           .done = cache_done}},
      {"cache-spared-errors", true, "requests that are wrong and want no answer, 3000 in a write",
       SwarmPlan{.connections = 100,
                 .preamble = [](const Speaker&) { return std::string("version\r\n"); },
                 .payload = [](const Speaker&) { return repeated("incr key x noreply\r\n", 3000); },
                 .rate = 2,
                 .done = cache_done}},
      {"cache-pipelines", true, "sets without end, from four hosts",
       SwarmPlan{.connections = 600,
                 .hosts = 4,
                 .preamble = [](const Speaker&) { return std::string("version\r\n"); },
                 .payload = [](const Speaker&) { return repeated("set k 0 0 1\r\nx\r\n", 200); },
                 .rate = 5,
                 .done = cache_done}},
      {"cache-many-keys", true, "1000 keys in a get",
       SwarmPlan{.payload = [](const Speaker&) { return "get" + repeated(" a", 1000) + "\r\n"; }, .rate = 25}},
      {"cache-many-requests", true, "500 requests in a write",
       SwarmPlan{.payload = [](const Speaker&) { return repeated("get a\r\n", 500); }, .rate = 25}},
      {"cache-colliding-sets", true, "keys that have one std::hash, stored",
       SwarmPlan{.payload = colliding_sets, .rate = 10}},
      {"cache-colliding-gets", true, "keys that have one std::hash, asked for",
       SwarmPlan{.payload = colliding_gets, .rate = 25}},
      {"cache-statistics", true, "stats, items, slabs and sizes",
       SwarmPlan{.payload =
                     [](const Speaker&) {
                       return repeated("stats\r\nstats items\r\nstats slabs\r\nstats sizes\r\nstats settings\r\n", 5);
                     },
                 .rate = 10}},
      {"cache-verbosity", true, "verbosity 2, and requests that are then logged",
       SwarmPlan{.preamble = [](const Speaker&) { return std::string("verbosity 2\r\n"); },
                 .payload = [](const Speaker&) { return repeated("get " + std::string(200, '\x01') + "\r\n", 20); },
                 .rate = 10}},
      {"cache-flushes", true, "flush_all, 100 in a write",
       SwarmPlan{.payload = [](const Speaker&) { return repeated("flush_all 3600\r\n", 100); }, .rate = 10}},
  };
}

std::vector<Attack> cache_connections() {
  return {
      {"cache-places", true, "one host that wants all places", SwarmPlan{.connections = 1100, .opened = 500}},
      {"cache-connects", true, "100 connects a second beyond the places, from five hosts",
       SwarmPlan{.connections = 1200, .hosts = 5, .opened = 100}},
      {"cache-resets", true, "500 connections a second with half a request and a reset",
       SwarmPlan{.connections = 50,
                 .hosts = 10,
                 .opened = 500,
                 .preamble = [](const Speaker&) { return std::string("set r 0 0 1000\r\nhalf"); },
                 .life = 0.02}},
  };
}

std::vector<Attack> cache_datagrams() {
  const auto error = [](std::uint64_t) { return framed("x\r\n"); };
  return {
      {"cache-udp-itself", false, "forged: what is no command, from the cache itself", std::nullopt,
       VolleyPlan{Sender::itself, error, 100}},
      {"cache-udp-between", false, "forged: what is no command, from another cache", std::nullopt,
       VolleyPlan{Sender::second, error, 100}},
      {"cache-udp-errors", false, "what is no command, 5000 a second", std::nullopt,
       VolleyPlan{Sender::true_one, error, 5000}},
      {"cache-udp-many", false, "180 requests in each of 1000 datagrams a second", std::nullopt,
       VolleyPlan{Sender::true_one, [](std::uint64_t) { return framed(repeated("get a\r\n", 180)); }, 1000}},
  };
}

}  // namespace

std::vector<Attack> cache_attacks() {
  auto all = unfinished_requests();
  for (const auto& more : {costly_requests(), cache_connections(), cache_datagrams()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace attack
