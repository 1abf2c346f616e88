// Attacks on an IRC server. At its default limits a host has 20 clients there, 5 of them unregistered, and a client
// says 10 lines at once and 2 a second: most attacks come from 20 hosts with all that these may have.
#include <fmt/format.h>

#include <string>

#include "attack.h"
#include "collisions.h"

namespace attack {
namespace {

constexpr std::string_view chat_done = "attack-is-set-up";
constexpr std::size_t crowd_hosts = 20;
constexpr std::size_t crowd = crowd_hosts * 20;
constexpr double steadily = 5;  // lines a second of each: more than the server lets it say

std::string nick_of(const Speaker& who) { return fmt::format("x{}_{}", who.number, who.life); }

std::string registered(const Speaker& who) { return fmt::format("NICK {}\r\nUSER x 0 * :x\r\n", nick_of(who)); }

std::string and_done() { return fmt::format("PING {}\r\n", chat_done); }

std::string only_registered(const Speaker& who) { return registered(who) + and_done(); }

std::string in_a_channel(const Speaker& who) { return registered(who) + "JOIN #crowd\r\n" + and_done(); }

std::string in_five_channels(const Speaker& who) {
  return registered(who) + "JOIN #crowd,#crowd2,#crowd3,#crowd4,#crowd5\r\n" + and_done();
}

std::string in_four_channels(const Speaker& who) {
  return registered(who) + "JOIN #crowd,#crowd2,#crowd3,#crowd4\r\n" + and_done();
}

std::string in_channels_of_its_own(const Speaker& who) {
  std::string names;
  for (int i = 0; i < 8; ++i)
    names += fmt::format("{}#{}_{}_long_enough_to_take_a_while", i > 0 ? "," : "", who.number, i);
  return registered(who) + "JOIN " + names + "\r\n" + and_done();
}

// 99 masks that fit nobody and take long to say so, and then one that fits everybody.
std::string founder_of_banned(const Speaker& who) {
  auto text = registered(who) + "JOIN #b\r\n";
  for (int line = 0; line < 16; ++line) {
    text += "MODE #b +bbbbbb";
    for (int i = 0; i < 6; ++i)
      text += fmt::format(" *{}{}{}!*@*", repeated("?*", 12), line, static_cast<char>('a' + i));
    text += "\r\n";
  }
  return text + "MODE #b +b *!*@*\r\n" + and_done();
}

std::string founder_of_crowd_with_bans(const Speaker& who) {
  auto text = registered(who) + "JOIN #crowd\r\n";
  for (int line = 0; line < 33; ++line) {
    text += "MODE #crowd +bbb";
    for (int i = 0; i < 3; ++i) text += fmt::format(" {}{}{}!*@*", repeated("z", 110), line, i);
    text += "\r\n";
  }
  return text + and_done();
}

std::string bans_of_its_own(const Speaker& who) {
  std::string text = fmt::format("MODE #{}_{} +bbb", who.number, who.turn % 8);
  for (int i = 0; i < 3; ++i) text += fmt::format(" {}{}_{}!*@*", repeated("z", 100), who.turn, i);
  return text + "\r\n";
}
std::string in_channels_with_short_names(const Speaker& who) {
  std::string names;
  for (int i = 0; i < 8; ++i) names += fmt::format("{}#{}_{}", i > 0 ? "," : "", who.number, i);
  return registered(who) + "JOIN " + names + "\r\n" + and_done();
}

std::string colliding_joins(const Speaker&) {
  static Collisions names("#", 64, wide_alphabet(), 1);
  std::string text = "JOIN ";
  for (int i = 0; i < 7; ++i) text += (i > 0 ? "," : "") + names.next();
  return text + "\r\n";
}

std::string colliding_questions(const Speaker&) {
  static Collisions names("#", 64, wide_alphabet(), 2);
  return "NAMES " + names.next() + "," + names.next() + "," + names.next() + "," + names.next() + "\r\n";
}

SwarmPlan crowd_that(Text preamble, Text payload, double rate = steadily, bool reads = true) {
  return {.connections = crowd,
          .hosts = crowd_hosts,
          .opened = 400,
          .preamble = preamble,
          .payload = payload,
          .rate = rate,
          .reads = reads,
          .done = chat_done};
}

SwarmPlan crowd_led_by(Text leader, Text preamble, Text payload) {
  auto plan = crowd_that(preamble, payload);
  plan.leader = leader;
  return plan;
}

// These cost the server much for each line.
std::vector<Attack> costly_lines() {
  return {
      {"chat-join-banned", true, "JOIN #b 168 times in a line, from where 100 slow masks ban",
       crowd_led_by(founder_of_banned, only_registered,
                    [](const Speaker&) { return "JOIN " + repeated("#b,", 167) + "#b\r\n"; })},
      {"chat-notice-repeated", true, "NOTICE to one channel of 400 four times in a line",
       crowd_that(in_a_channel,
                  [](const Speaker&) { return std::string("NOTICE #crowd,#crowd,#crowd,#crowd :x\r\n"); })},
      {"chat-idle-hosts", true, "NOTICE to four channels of 800, from 200 hosts whose clients say one in eight seconds",
       SwarmPlan{.connections = 800,
                 .hosts = 200,
                 .opened = 400,
                 .preamble = in_four_channels,
                 .payload = [](const Speaker&) { return std::string("NOTICE #crowd,#crowd2,#crowd3,#crowd4 :x\r\n"); },
                 .rate = 0.125,
                 .done = chat_done}},
      {"chat-sent-ahead", true, "60 KB of PINGs at once, from 110 hosts with 20 clients each",
       SwarmPlan{.connections = 2200,
                 .hosts = 110,
                 .opened = 2200,
                 .preamble = only_registered,
                 .payload = [](const Speaker&) { return repeated("PING x\r\n", 7500); },
                 .rate = 0.2,
                 .done = chat_done}},
      {"chat-list-masks", true, "LIST with 28 masks, of 3200 channels",
       crowd_that(in_channels_of_its_own,
                  [](const Speaker&) { return "LIST " + repeated("*a?*e?*i?*o?*u,", 27) + "*z\r\n"; })},
      {"chat-who-masks", true, "WHO with a mask of many stars, of 400 clients",
       crowd_that(only_registered, [](const Speaker&) { return "WHO " + repeated("*?", 40) + "z\r\n"; })},
      {"chat-join-part", true, "JOIN and PART of five channels of 400",
       crowd_that(in_five_channels,
                  [](const Speaker&) {
                    const std::string all = " #crowd,#crowd2,#crowd3,#crowd4,#crowd5\r\n";
                    return "PART" + all + "JOIN" + all;
                  })},
      {"chat-nicks", true, "NICK in five channels of 400",
       crowd_that(
           in_five_channels,
           [](const Speaker& who) { return fmt::format("NICK y{}_{}_{}\r\n", who.number, who.life, who.turn); })},
      {"chat-away", false, "AWAY and back, told to 400 that want to know",
       crowd_that([](const Speaker& who) { return "CAP REQ :away-notify\r\nCAP END\r\n" + in_a_channel(who); },
                  [](const Speaker&) { return "AWAY :" + repeated("x", 190) + "\r\nAWAY\r\n"; })},
      {"chat-ban-lists", true, "MODE #crowd b, whose answer is 100 long lines",
       crowd_led_by(founder_of_crowd_with_bans, in_a_channel,
                    [](const Speaker&) { return std::string("MODE #crowd b\r\n"); })},
      {"chat-names", true, "NAMES and WHO of a channel of 400",
       crowd_that(in_a_channel, [](const Speaker&) { return std::string("NAMES #crowd\r\nWHO #crowd\r\n"); })},
      {"chat-colliding-joins", true, "JOIN of new channels whose names have one std::hash",
       crowd_that(only_registered, colliding_joins)},
      {"chat-colliding-names", true, "NAMES of channels that are not there, whose names have one std::hash",
       crowd_that(only_registered, colliding_questions)},
      {"chat-bans", true, "bans of 100 bytes in 3200 channels of its own",
       crowd_that(in_channels_with_short_names, bans_of_its_own)},
  };
}

// These take places, or the server's attention, and never become clients.
std::vector<Attack> connections_alone() {
  return {
      {"chat-connects", true, "100 connects a second of one host that has its clients",
       SwarmPlan{.connections = 200, .hosts = 1, .opened = 100}},
      {"chat-resets", true, "500 connections a second with half a line and a reset",
       SwarmPlan{.connections = 50,
                 .hosts = 10,
                 .opened = 500,
                 .preamble = [](const Speaker&) { return std::string("NICK ha"); },
                 .life = 0.02}},
      {"chat-quits", true, "400 clients that join five channels and are gone after a second, again and again",
       SwarmPlan{.connections = crowd,
                 .hosts = crowd_hosts,
                 .opened = 400,
                 .preamble = in_five_channels,
                 .life = 1,
                 .done = chat_done}},
      {"chat-departures", true,
       "2000 clients of 100 hosts that join a channel and are gone all at once, again and again",
       SwarmPlan{
           .connections = 2000, .hosts = 100, .opened = 2000, .preamble = in_a_channel, .life = 3, .done = chat_done}},
      {"chat-fresh-bursts", true, "400 clients that say what may be said at once to a channel, and come again for more",
       SwarmPlan{
           .connections = crowd,
           .hosts = crowd_hosts,
           .opened = 400,
           .preamble = [](const Speaker& who) { return in_a_channel(who) + repeated("PRIVMSG #crowd :x\r\n", 6); },
           .life = 1,
           .done = chat_done}},
      {"chat-half-open", true, "200 hosts with 5 silent connections each",
       SwarmPlan{.connections = 1000, .hosts = 200, .opened = 500}},
      {"chat-places", true, "100 hosts with 20 clients each",
       SwarmPlan{.connections = 2000, .hosts = 100, .opened = 800, .preamble = only_registered, .done = chat_done}},
      {"chat-places-one-host", true, "2000 clients of one host, 500 connects a second",
       SwarmPlan{.connections = 2000, .hosts = 1, .opened = 500, .preamble = only_registered, .done = chat_done}},
      {"chat-oper", true, "wrong passwords for OPER from 20 hosts",
       crowd_that(only_registered, [](const Speaker&) { return std::string("OPER root wrong\r\n"); })},
      {"chat-pass", true, "wrong passwords for the server, 90 a second from 250 hosts",
       SwarmPlan{.connections = 500,
                 .hosts = 250,
                 .opened = 90,
                 .preamble = [](const Speaker& who) { return "PASS wrong\r\n" + registered(who); }}},
      {"chat-slow-lines", true, "a byte a second",
       crowd_that(
           only_registered, [](const Speaker& who) { return std::string(1, "PING x\r\n"[who.turn % 8]); }, 1)},
      {"chat-endless-lines", true, "lines without end",
       crowd_that(only_registered, [](const Speaker&) { return std::string(8192, 'x'); })},
      {"chat-empty-lines", true, "lines without anything",
       crowd_that(only_registered, [](const Speaker&) { return repeated("\r\n", 1024); })},
      {"chat-long-tags", false, "lines with as many tags as may be",
       crowd_that(only_registered, [](const Speaker&) { return "@" + repeated("a=b;", 1000) + " PING x\r\n"; })},
  };
}

// These ask for much and read nothing.
std::vector<Attack> deaf_clients() {
  return {
      {"chat-deaf-who", true, "WHO and NAMES of a channel of 400, without reading",
       crowd_that(
           in_a_channel, [](const Speaker&) { return std::string("WHO #crowd\r\nNAMES #crowd\r\n"); }, 5, false)},
      {"chat-deaf-pings", true, "PING with 400 bytes, without reading",
       crowd_that(
           only_registered, [](const Speaker&) { return "PING " + repeated("x", 400) + "\r\n"; }, 20, false)},
      {"chat-deaf-channel", true, "400 that talk in a channel and read nothing",
       crowd_that(
           in_a_channel, [](const Speaker&) { return "PRIVMSG #crowd :" + repeated("x", 400) + "\r\n"; }, 5, false)},
  };
}

}  // namespace

std::vector<Attack> chat_attacks() {
  auto all = costly_lines();
  for (const auto& more : {connections_alone(), deaf_clients()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace attack
