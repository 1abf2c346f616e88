// Two who talk in a channel that nobody else can know of.
#include <fmt/format.h>
#include <poll.h>

#include "child.h"
#include "conversation.h"
#include "reply_check.h"
#include "witness.h"

namespace attack {
namespace {

class Talker {
 public:
  Talker(std::string nick, const eddy::Address& to) : nick_(std::move(nick)), conversation_("a good client", to) {
    say(fmt::format("NICK {}\r\nUSER witness 0 * :A witness", nick_));
    hear(" 001 " + nick_ + " ");
    hear(" 376 ", " 422 ");  // the end of the message of the day, or that there is none
  }

  const std::string& nick() const { return nick_; }
  void say(const std::string& line) { conversation_.say(line + "\r\n"); }
  // Reads up to a line that has one of these, and answers it.
  std::string hear(const std::string& wanted, const std::string& instead = "") {
    while (true) {
      auto line = conversation_.line();
      if (auto complaint = irc_complaint(line); !complaint.empty()) throw WrongAnswer("a good client got " + complaint);
      if (line.starts_with("PING ")) say("PONG " + line.substr(5));
      if (line.starts_with("ERROR ")) throw WrongAnswer("a good client was sent away: " + escaped(line));
      if (line.find(wanted) != std::string::npos) return line;
      if (!instead.empty() && line.find(instead) != std::string::npos) return line;
    }
  }
  void leave() {
    say("QUIT :Later");
    conversation_.until_end();
  }

 private:
  std::string nick_;
  Conversation conversation_;
};

void talk(Talker& one, Talker& other, const std::string& channel, Random& random) {
  const auto text = random.word(random.between(1, 200));
  one.say(fmt::format("PRIVMSG {} :{}", channel, text));
  const auto line = other.hear(" PRIVMSG " + channel + " :");
  if (!line.starts_with(":" + one.nick() + "!") || !line.ends_with(" :" + text)) {
    throw WrongAnswer("a good client was said something else than was spoken: " + escaped(line));
  }
  one.say("PING " + text.substr(0, 20));
  one.hear(" PONG ");
  other.say("WHOIS " + one.nick());
  other.hear(fmt::format(" 311 {} {} ", other.nick(), one.nick()));
  other.hear(" 318 ");
  one.say(fmt::format("TOPIC {} :{}", channel, text.substr(0, 10)));
  other.hear(fmt::format(" TOPIC {} :{}", channel, text.substr(0, 10)));
}

void watch_chat(const std::vector<Target>& targets, Random& random, const Watch& watch) {
  const auto channel = "#" + random.word(10);
  const auto come = [&](std::size_t which) {
    auto talker = std::make_unique<Talker>("w" + random.word(7), targets[which % targets.size()].address);
    talker->say("JOIN " + channel);
    talker->hear(" 366 ");
    return talker;
  };
  const auto one = come(0);
  one->say(fmt::format("MODE {} +s-t", channel));
  one->hear(" MODE ");
  auto other = come(1);
  one->hear(" JOIN ");
  while (!watch.stop) {
    talk(*one, *other, channel, random);
    talk(*other, *one, channel, random);
    watch.totals.round_trips += 8;
    if (random.one_in(8)) {
      other->leave();
      one->hear(" QUIT ");
      other = come(random.below(2));
      one->hear(" JOIN ");
    }
    ::poll(nullptr, 0, 20);
  }
}

}  // namespace

void witness_chat(const std::vector<Target>& targets, Random random, const Watch& watch) {
  try {
    watch_chat(targets, random, watch);
  } catch (const WrongAnswer& wrong) {
    watch.findings.add(wrong.what());
  }
}

}  // namespace attack
