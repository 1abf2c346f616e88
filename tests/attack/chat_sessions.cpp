#include <fmt/format.h>

#include <string>
#include <vector>

#include "sessions.h"

namespace attack {
namespace {

constexpr const char* chat_channels[] = {"#a",        "#b", "#c",   "#d",   "&local",
                                         "#\xc3\xa4", "#A", "#[x]", "#{x}", "#a,#b,#c"};
constexpr const char* capabilities[] = {
    "away-notify",       "batch",        "cap-notify",    "echo-message", "extended-join", "invite-notify",
    "labeled-response",  "message-tags", "multi-prefix",  "server-time",  "setname",       "standard-replies",
    "userhost-in-names", "-batch",       "-message-tags", "unknown",      "sasl=PLAIN"};
constexpr const char* masks[] = {"*!*@*", "a*!*@127.*", "*!*@*.example.org", "a1",       "*",
                                 "?????", "*a*a*a*a*b", "*@127.0.0.3",       "a[1]!~x@y"};

std::string nick(Random& random) { return fmt::format("a{}", random.below(40)); }
// One in three is of few, so that whoever comes first is its operator.
std::string chan(Random& random) {
  return random.one_in(3) ? fmt::format("#own{}", random.below(20)) : random.pick(chat_channels);
}

std::string some_text(Random& random) {
  if (random.one_in(12)) return std::string(random.between(300, 480), 'x');
  if (random.one_in(6))
    return "\x01"
           "ACTION waves\x01";
  std::string text = random.word(random.between(1, 12));
  while (!random.one_in(4)) text += ' ' + random.word(random.between(1, 9));
  return text;
}

std::string capability_list(Random& random) {
  std::string list = random.pick(capabilities);
  while (!random.one_in(6)) list += std::string(" ") + random.pick(capabilities);
  return list;
}

std::string list_of(Random& random, std::string (*each)(Random&), std::size_t most) {
  auto list = each(random);
  for (auto more = random.below(most); more > 0; --more) list += ',' + each(random);
  return list;
}

std::string mode_line(Random& random) {
  constexpr const char* forms[] = {
      "+i", "-i", "+m", "+s",      "-s",          "+t", "+n",      "-n+s", "+k key", "-k key", "+l 3", "-l",   "+l 0",
      "b",  "e",  "+I", "+lk 5 k", "+imnst-lk *", "+w", "+s-i+wo", "+kkk", "+bbbb",  "+ovvov", "+xyz", "-bbb", "=b"};
  switch (random.below(4)) {
    case 0: return fmt::format("MODE {} {}", chan(random), random.pick(forms));
    case 1:
      return fmt::format("MODE {} {}{}{} {}", chan(random), random.one_in(2) ? "+" : "-", random.pick("beI"),
                         random.one_in(9) ? "bb" : "", random.pick(masks));
    case 2:
      return fmt::format("MODE {} +{} {} {}", chan(random), random.one_in(2) ? "ov" : "vv", nick(random), nick(random));
    default: return fmt::format("MODE {} {}", nick(random), random.pick(forms));
  }
}

std::string listing(Random& random) {
  constexpr const char* forms[] = {"",      " >1",  " <5",   " C>0",   " C<9999",    " T>1",
                                   " T<60", " *a*", " !*b*", " #a,#b", " >0,<3,C>1", " T<0,*"};
  switch (random.below(10)) {
    case 0: return std::string("LIST") + random.pick(forms);
    case 1: return "NAMES " + list_of(random, chan, 6);
    case 2:
      return "WHO " + (random.one_in(2) ? chan(random) : std::string(random.pick(masks))) +
             (random.one_in(4) ? " o" : "");
    case 3: return "WHOIS " + (random.one_in(4) ? nick(random) + " " : "") + nick(random);
    case 4: return fmt::format("WHOWAS {} {}", nick(random), random.below(5));
    case 5:
      return fmt::format("USERHOST {} {} {} {} {} {}", nick(random), nick(random), nick(random), nick(random),
                         nick(random), nick(random));
    case 6: return fmt::format("ISON {} {} :{} {}", nick(random), nick(random), nick(random), nick(random));
    case 7: return "TOPIC " + chan(random);
    case 8: return fmt::format("MODE {} {}", chan(random), random.pick("beI"));
    default: return "MODE " + (random.one_in(2) ? chan(random) : nick(random));
  }
}

std::string from_server(Random& random) {
  constexpr const char* lines[] = {"MOTD",      "LUSERS",       "VERSION",        "TIME",
                                   "ADMIN",     "INFO",         "LINKS",          "STATS u",
                                   "STATS m",   "STATS o",      "STATS l",        "HELP",
                                   "HELP JOIN", "PING x",       "PING",           "MOTD chat.eddy.local",
                                   "CAP LIST",  "CAP LS 302",   "CAP END",        "PONG :x",
                                   "INVITE",    "HELP nothing", "TIME elsewhere", "STATS"};
  return random.pick(lines);
}

std::string of_operator(Random& random) {
  switch (random.below(6)) {
    case 0: return fmt::format("OPER root :{}", operator_password);
    case 1: return "WALLOPS :" + some_text(random);
    case 2: return "REHASH";
    case 3: return fmt::format("KILL {} :{}", nick(random), some_text(random));
    case 4: return "OPER nobody nothing";
    default: return random.one_in(2) ? "STATS l" : "MODE a1 +ows";
  }
}

std::string tags(Random& random) {
  std::string text = "@label=" + random.word(random.one_in(8) ? 64 : random.between(1, 8));
  while (random.one_in(2))
    text += ";+" + random.word(random.between(1, 9)) + "=" + (random.one_in(3) ? "\\:\\s\\\\\\r\\n" : random.word(5));
  if (random.one_in(30)) text += ";+long=" + std::string(random.between(3000, 4200), 'v');
  return text + ' ';
}

std::string command(Random& random) {
  switch (random.below(16)) {
    case 0:
    case 1: return "JOIN " + list_of(random, chan, 5) + (random.one_in(4) ? " key,k" : "");
    case 2: return "PART " + list_of(random, chan, 3) + (random.one_in(2) ? " :" + some_text(random) : "");
    case 3:
    case 4:
      return fmt::format("PRIVMSG {}{} :{}", random.one_in(6) ? "@" : "", list_of(random, chan, 4), some_text(random));
    case 5: return fmt::format("NOTICE {} :{}", list_of(random, nick, 5), some_text(random));
    case 6: return "TAGMSG " + list_of(random, random.one_in(2) ? nick : chan, 4);
    case 7: return fmt::format("TOPIC {} :{}", chan(random), some_text(random));
    case 8: return fmt::format("KICK {} {} :{}", chan(random), list_of(random, nick, 4), some_text(random));
    case 9: return fmt::format("INVITE {} {}", nick(random), chan(random));
    case 10: return mode_line(random);
    case 11: return random.one_in(2) ? "NICK " + nick(random) : "SETNAME :" + some_text(random);
    case 12: return random.one_in(2) ? "AWAY" : "AWAY :" + some_text(random);
    case 13: return from_server(random);
    case 14: return random.one_in(3) ? of_operator(random) : "CAP REQ :" + capability_list(random);
    default: return listing(random);
  }
}

}  // namespace

std::string chat_session(Random& random, std::uint64_t number) {
  std::string text;
  const auto line = [&](const std::string& each) { text += each + (random.one_in(20) ? "\n" : "\r\n"); };
  const bool negotiates = !random.one_in(3);
  if (negotiates) {
    line(random.one_in(2) ? "CAP LS 302" : "CAP LS");
    line("CAP REQ :" +
         (random.one_in(2) ? "message-tags labeled-response batch echo-message server-time" : capability_list(random)));
  }
  if (random.one_in(10)) line("PASS :something");
  line(fmt::format("NICK a{}", number % 40));
  line(fmt::format("USER {} 0 * :{}", random.word(5), some_text(random)));
  if (negotiates && !random.one_in(10)) line("CAP END");
  // In a channel of its own it may do all.
  const auto own = fmt::format("#own{}", number % 20);
  if (!random.one_in(4)) {
    line("JOIN " + own);
    for (auto times = random.below(5); times > 0; --times) {
      switch (random.below(4)) {
        case 0: line(fmt::format("TOPIC {} :{}", own, some_text(random))); break;
        case 1: line(fmt::format("MODE {} +{} {}", own, random.pick("beI"), random.pick(masks))); break;
        case 2: line(fmt::format("MODE {} +{}", own, random.pick("imstn"))); break;
        default: line(fmt::format("INVITE {} {}", nick(random), own)); break;
      }
    }
  }
  for (auto commands = random.between(0, random.one_in(5) ? 150 : 25); commands > 0; --commands) {
    line((random.one_in(3) ? tags(random) : "") + command(random));
  }
  if (random.one_in(3)) line("QUIT :" + some_text(random));
  return text;
}

}  // namespace attack
