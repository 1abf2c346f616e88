#include <fmt/format.h>

#include <string>

#include "sessions.h"

namespace attack {
namespace {

std::string key(Random& random) {
  if (random.one_in(40)) return std::string(random.between(240, 250), 'k');
  return fmt::format("k{}", random.below(60));
}

std::string block(Random& random) {
  if (random.one_in(4)) return std::to_string(random.below(1000));  // for incr and decr
  if (random.one_in(100)) return std::string(random.between(30'000, 300'000), 'v');
  if (random.one_in(400)) return std::string(1024 * 1024 + random.below(3) - 1, 'w');
  return random.word(random.between(0, 300));
}

std::string noreply(Random& random) { return random.one_in(5) ? " noreply" : ""; }

std::string expiry(Random& random) {
  constexpr const char* times[] = {"0", "0", "0", "1", "60", "-1", "2592000", "2592001", "4000000000"};
  return random.pick(times);
}

std::string store(Random& random) {
  constexpr const char* names[] = {"set", "set", "add", "replace", "append", "prepend", "cas"};
  const std::string name = random.pick(names);
  const auto value = block(random);
  return fmt::format("{} {} {} {} {}{}{}\r\n{}\r\n", name, key(random), random.below(70'000), expiry(random),
                     value.size(), name == "cas" ? fmt::format(" {}", random.below(2000)) : "", noreply(random), value);
}

std::string retrieve(Random& random) {
  std::string line;
  switch (random.below(4)) {
    case 0: line = "get"; break;
    case 1: line = "gets"; break;
    case 2: line = "gat " + expiry(random); break;
    default: line = "gats " + expiry(random); break;
  }
  for (auto keys = random.between(1, random.one_in(8) ? 120 : 4); keys > 0; --keys) line += ' ' + key(random);
  return line + "\r\n";
}

std::string change(Random& random) {
  switch (random.below(6)) {
    case 0: return fmt::format("delete {}{}\r\n", key(random), noreply(random));
    case 1: return fmt::format("incr {} {}{}\r\n", key(random), random.next(), noreply(random));
    case 2: return fmt::format("decr {} {}{}\r\n", key(random), random.below(5000), noreply(random));
    case 3: return fmt::format("touch {} {}{}\r\n", key(random), expiry(random), noreply(random));
    case 4: return fmt::format("incr {} 1\r\n", key(random));
    default:
      return random.one_in(8) ? fmt::format("flush_all {}{}\r\n", random.below(3), noreply(random)) : "version\r\n";
  }
}

std::string statistic(Random& random) {
  constexpr const char* names[] = {"",       " settings", " items",     " slabs",         " sizes",
                                   " reset", " nothing",  " detail on", " cachedump 1 1", " conns"};
  return random.one_in(4) ? fmt::format("verbosity {}\r\n", random.below(3))
                          : fmt::format("stats{}\r\n", random.pick(names));
}

std::string flags(Random& random, const char* const* from, std::size_t count) {
  std::string text;
  while (!random.one_in(4)) {
    const std::string flag = from[random.below(count)];
    text += ' ' + flag;
    if (flag == "T" || flag == "N" || flag == "R") text += expiry(random);
    if (flag == "O") text += random.word(random.one_in(10) ? 40 : 4);
    if (flag == "C" || flag == "E" || flag == "F" || flag == "D" || flag == "J" || flag == "S")
      text += std::to_string(random.below(3000));
    if (flag == "M") text += random.pick("EAPRSISDIDx");
    if (flag == "L" || flag == "P") text += "x";
  }
  return text;
}

template <std::size_t N>
std::string flags(Random& random, const char* const (&from)[N]) {
  return flags(random, from, N);
}

std::string meta(Random& random) {
  static constexpr const char* of_get[] = {"b", "c", "f", "h", "k", "l", "O", "q", "s",
                                           "t", "v", "N", "R", "T", "E", "L", "P"};
  static constexpr const char* of_set[] = {"b", "c", "k", "C", "E", "F", "I", "O", "q", "S", "T", "M"};
  static constexpr const char* of_delete[] = {"b", "k", "C", "E", "I", "O", "q", "T", "x"};
  static constexpr const char* of_arithmetic[] = {"b", "C", "E", "N", "J", "D", "T", "M", "O", "q", "t", "c", "v", "k"};
  const auto name = random.one_in(6) ? std::string("YWJj") : key(random);
  switch (random.below(6)) {
    case 0: return fmt::format("mg {}{}\r\n", name, flags(random, of_get));
    case 1:
    case 2: {
      const auto value = block(random);
      return fmt::format("ms {} {}{}\r\n{}\r\n", name, value.size(), flags(random, of_set), value);
    }
    case 3: return fmt::format("md {}{}\r\n", name, flags(random, of_delete));
    case 4: return fmt::format("ma {}{}\r\n", name, flags(random, of_arithmetic));
    default: return random.one_in(2) ? fmt::format("me {}\r\n", name) : "mn\r\n";
  }
}

std::string request(Random& random) {
  switch (random.below(8)) {
    case 0:
    case 1: return store(random);
    case 2:
    case 3: return retrieve(random);
    case 4: return change(random);
    case 5: return random.one_in(4) ? statistic(random) : change(random);
    default: return meta(random);
  }
}

}  // namespace

std::string cache_session(Random& random) {
  std::string text;
  for (auto requests = random.between(1, random.one_in(5) ? 300 : 25); requests > 0; --requests)
    text += request(random);
  if (random.one_in(5)) text += "quit\r\n";
  if (random.one_in(40)) text += "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  if (random.one_in(40)) text += std::string("\x80\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00", 16);
  return text;
}

std::string cache_datagram(Random& random) {
  std::string text;
  text += random.byte();
  text += random.byte();
  text += random.one_in(8)
              ? std::string({random.byte(), random.byte(), random.byte(), random.byte(), random.byte(), random.byte()})
              : std::string("\0\0\0\1\0\0", 6);
  for (auto requests = random.between(1, random.one_in(5) ? 20 : 3); requests > 0; --requests) text += request(random);
  return text;
}

}  // namespace attack
