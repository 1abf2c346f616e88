// 005: each token is held against what the server does.
#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "chat_fixture.h"

namespace chat::test {
namespace {

class Isupport : public ChatTest {
 protected:
  // What is advertised, and empty for a token without a value.
  std::map<std::string, std::string> tokens() {
    std::map<std::string, std::string> found;
    for (const auto& line : alice.ask("VERSION")) {
      if (line.command != "005") continue;
      EXPECT_GE(line.params.size(), 3);
      EXPECT_LE(line.params.size(), 15) << "more than 13 tokens: " << line.line;
      EXPECT_LE(line.line.size(), 510);
      for (std::size_t i = 1; i + 1 < line.params.size(); ++i) {
        const auto& token = line.params[i];
        const auto equals = std::min(token.find('='), token.size());
        const auto fresh = found.emplace(token.substr(0, equals), token.substr(std::min(equals + 1, token.size())));
        EXPECT_TRUE(fresh.second) << "twice: " << token;
      }
    }
    return found;
  }
  std::size_t number(const std::string& token) {
    const auto all = tokens();
    if (!all.contains(token)) ADD_FAILURE() << token << " is not advertised";
    return all.contains(token) ? std::stoul(all.at(token)) : 1;
  }

  Client& alice = user("alice");
};

TEST_F(Isupport, AdvertisesNothingThatIsNotTestedHere) {
  static const std::vector<std::string> tested{
      "AWAYLEN", "BOT",    "CASEMAPPING", "CHANLIMIT", "CHANMODES", "CHANNELLEN", "CHANTYPES", "ELIST",   "EXCEPTS",
      "HOSTLEN", "INVEX",  "KEYLEN",      "KICKLEN",   "MAXLIST",   "MAXTARGETS", "MODES",     "NAMELEN", "NETWORK",
      "NICKLEN", "PREFIX", "SAFELIST",    "STATUSMSG", "TARGMAX",   "TOPICLEN",   "USERLEN"};
  for (const auto& [token, value] : tokens()) {
    EXPECT_EQ(std::count(tested.begin(), tested.end(), token), 1) << token << "=" << value;
  }
}

TEST_F(Isupport, Network) { EXPECT_EQ(tokens()["NETWORK"], "TestNet"); }

TEST_F(Isupport, Casemapping) {
  EXPECT_EQ(tokens()["CASEMAPPING"], "rfc1459");
  alice.ask("JOIN #a[]\\~z");
  alice.exchange("TOPIC #A{}|^Z", {"331 alice #% :%"});
  alice.exchange("TOPIC #A{}|^y", {"403 alice #A{}|^y :%"});
}

TEST_F(Isupport, Chantypes) {
  const auto types = tokens()["CHANTYPES"];
  for (const char type : {'#', '&', '+', '!'}) {
    const auto name = std::string(1, type) + "name";
    const auto first = alice.ask("JOIN " + name).at(0);
    EXPECT_EQ(first.command == "JOIN", types.find(type) != std::string::npos) << first.line;
  }
}

TEST_F(Isupport, Chanlimit) {
  const auto value = tokens()["CHANLIMIT"];
  const auto colon = value.find(':');
  ASSERT_NE(colon, std::string::npos) << value;
  EXPECT_EQ(value.substr(0, colon), tokens()["CHANTYPES"]);
  const auto limit = std::stoul(value.substr(colon + 1));
  for (std::size_t i = 0; i < limit; ++i) EXPECT_EQ(alice.ask("JOIN #" + std::to_string(i)).at(0).command, "JOIN");
  alice.exchange("JOIN #over", {"405 alice #over :%"});
}

TEST_F(Isupport, Chanmodes) {
  EXPECT_EQ(tokens()["CHANMODES"].substr(0, 4).size(), 4);
  auto value = tokens()["CHANMODES"];
  std::string types[4];
  for (auto& type : types) {
    type = value.substr(0, value.find(','));
    value.erase(0, std::min(value.size(), type.size() + 1));
  }
  EXPECT_TRUE(value.empty()) << value;
  for (auto& type : types) std::sort(type.begin(), type.end());
  EXPECT_EQ(types[0], "Ibe");
  EXPECT_EQ(types[1], "k");
  EXPECT_EQ(types[2], "l");
  EXPECT_EQ(types[3], "imnst");
  alice.ask("JOIN #c");
  for (char letter = 'A'; letter <= 'z'; ++letter) {
    if (letter > 'Z' && letter < 'a') continue;
    const bool known = std::string("Ibeklimnstov").find(letter) != std::string::npos;
    const auto replies = alice.ask("MODE #c +" + std::string(1, letter));
    const bool refused = !replies.empty() && replies[0].command == "472";
    EXPECT_EQ(refused, !known) << letter;
  }
}

TEST_F(Isupport, Prefix) {
  EXPECT_EQ(tokens()["PREFIX"], "(ov)@+");
  alice.ask("JOIN #c");
  EXPECT_EQ(alice.ask("NAMES #c").at(0).last(), "@alice");
  alice.ask("MODE #c +v-o alice alice");
  EXPECT_EQ(alice.ask("NAMES #c").at(0).last(), "+alice");
}

TEST_F(Isupport, ExceptsAndInvex) {
  const auto all = tokens();
  ASSERT_TRUE(all.contains("EXCEPTS") && all.contains("INVEX"));
  EXPECT_TRUE(all.at("EXCEPTS").empty() || all.at("EXCEPTS") == "e");
  EXPECT_TRUE(all.at("INVEX").empty() || all.at("INVEX") == "I");
}

TEST_F(Isupport, Maxlist) {
  const auto value = tokens()["MAXLIST"];
  const auto colon = value.find(':');
  ASSERT_NE(colon, std::string::npos) << value;
  ASSERT_EQ(value.find(','), std::string::npos) << "expected one limit for all: " << value;
  auto letters = value.substr(0, colon);
  std::sort(letters.begin(), letters.end());
  EXPECT_EQ(letters, "Ibe");
  const auto limit = std::stoul(value.substr(colon + 1));
  alice.ask("JOIN #c");
  for (std::size_t i = 0; i < limit; ++i) {
    const auto change = std::string(1, "beI"[i % 3]) + " m" + std::to_string(i) + "!*@*";
    alice.exchange("MODE #c +" + change, {":alice MODE #c +" + change});
  }
  alice.exchange("MODE #c +b over!*@*", {"478 alice #c ..."});
}

TEST_F(Isupport, Modes) {
  const auto limit = number("MODES");
  ASSERT_LE(limit, 20);
  alice.ask("JOIN #c");
  std::string letters = "+";
  std::string masks;
  for (std::size_t i = 0; i <= limit; ++i) {
    letters += 'b';
    masks += " m" + std::to_string(i) + "!*@*";
  }
  alice.ask("MODE #c " + letters + masks);
  EXPECT_EQ(alice.ask("MODE #c b").size() - 1, limit);
}

TEST_F(Isupport, Nicklen) {
  const std::string nick(number("NICKLEN"), 'n');
  alice.exchange("NICK " + nick, {":alice NICK " + nick});
  alice.exchange("NICK " + nick + "n", {"432 " + nick + " " + nick + "n :%"});
}

TEST_F(Isupport, Channellen) {
  const auto name = "#" + std::string(number("CHANNELLEN") - 1, 'c');
  EXPECT_EQ(alice.ask("JOIN " + name).at(0).command, "JOIN");
  EXPECT_NE(alice.ask("JOIN " + name + "c").at(0).command, "JOIN");
}

TEST_F(Isupport, Topiclen) {
  const std::string topic(number("TOPICLEN"), 't');
  alice.ask("JOIN #c");
  alice.exchange("TOPIC #c :" + topic + "over", {":alice TOPIC #c " + topic});
}

TEST_F(Isupport, Kicklen) {
  const std::string reason(number("KICKLEN"), 'k');
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  alice.exchange("KICK #c bob :" + reason + "over", {":alice KICK #c bob " + reason});
}

TEST_F(Isupport, Keylen) {
  const std::string key(number("KEYLEN"), 'k');
  alice.ask("JOIN #c");
  alice.exchange("MODE #c +k " + key, {":alice MODE #c +k " + key});
  alice.exchange("MODE #c +k " + key + "k", {"525|696 alice #c ..."});
}

TEST_F(Isupport, Hostlen) {
  EXPECT_GE(number("HOSTLEN"), std::string("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").size());
}

TEST_F(Isupport, Awaylen) {
  const std::string reason(number("AWAYLEN"), 'a');
  auto& bob = user("bob");
  bob.ask("AWAY :" + reason + "over");
  alice.exchange("PRIVMSG bob :x", {"301 alice bob " + reason});
}

TEST_F(Isupport, Namelen) {
  const std::string name(number("NAMELEN"), 'n');
  alice.exchange("CAP REQ :setname", {"CAP alice ACK :setname%"});
  alice.exchange("SETNAME " + name, {":alice SETNAME " + name});
  alice.exchange("SETNAME " + name + "n", {"FAIL SETNAME INVALID_REALNAME :%"});
}

TEST_F(Isupport, Userlen) {
  if (!tokens().contains("USERLEN")) return;
  const auto limit = number("USERLEN");
  auto& bob = connect();
  bob.send("NICK bob");
  bob.send("USER " + std::string(limit + 5, 'u') + " 0 * :Bob");
  const auto source = bob.expect("001 bob :%").last();
  bob.settle();
  const auto mask = bob.ask("JOIN #c").at(0).source;
  EXPECT_EQ(mask.find('@') - mask.find('!') - 1, limit) << mask;
}

TEST_F(Isupport, Elist) {
  auto letters = tokens()["ELIST"];
  std::sort(letters.begin(), letters.end());
  EXPECT_EQ(letters, "CMNTU");  // query_test tests each of these
}

class Targmax : public Isupport {
 protected:
  // The limit of a command; no value for one without, or one that is not named.
  std::optional<std::size_t> limit(const std::string& command) {
    std::istringstream pairs(tokens()["TARGMAX"]);
    for (std::string pair; std::getline(pairs, pair, ',');) {
      const auto colon = pair.find(':');
      if (pair.substr(0, colon) != command) continue;
      if (colon + 1 == pair.size()) return std::nullopt;
      return std::stoul(pair.substr(colon + 1));
    }
    ADD_FAILURE() << command << " is not named";
    return std::nullopt;
  }
  static std::string nobodies(std::size_t count) {
    std::string names;
    for (std::size_t i = 0; i < count; ++i) names += "nobody" + std::to_string(i) + ",";
    return names;
  }
  Client& bob = user("bob");
};

TEST_F(Targmax, OfMessages) {
  for (const std::string command : {"PRIVMSG", "NOTICE"}) {
    const auto most = limit(command);
    ASSERT_TRUE(most) << command;
    alice.ask(command + " " + nobodies(*most - 1) + "bob :as many as may be");
    bob.receives({":alice " + command + " bob :as many as may be"});
    const auto replies = alice.ask(command + " " + nobodies(*most) + "bob :one too many");
    bob.receives({});
    EXPECT_EQ(std::count_if(replies.begin(), replies.end(), [](auto& m) { return m.command == "407"; }),
              command == "PRIVMSG" ? 1 : 0);
  }
}

TEST_F(Targmax, OfJoinsPartsAndKicks) {
  const auto joins = limit("JOIN");
  ASSERT_TRUE(joins);
  EXPECT_EQ(limit("PART"), joins);
  std::string channels;
  for (std::size_t i = 0; i < *joins; ++i) channels += "#join" + std::to_string(i) + ",";
  const auto is_407 = [](const Message& each) { return each.command == "407"; };
  for (const std::string command : {"JOIN ", "PART "}) {
    const auto as_many = alice.ask(command + channels);
    EXPECT_EQ(std::count_if(as_many.begin(), as_many.end(), is_407), 0) << command;
    const auto one_too_many = alice.ask(command + channels + "#other");
    EXPECT_EQ(std::count_if(one_too_many.begin(), one_too_many.end(), is_407), 1) << command;
  }
  const auto kicks = limit("KICK");
  ASSERT_TRUE(kicks);
  join("#c", {&alice, &bob});
  alice.ask("KICK #c " + nobodies(*kicks) + "bob");
  bob.receives({});
  alice.ask("KICK #c " + nobodies(*kicks - 1) + "bob");
  bob.receives({":alice KICK #c bob :%"});
}

TEST_F(Targmax, OfNames) {
  const auto most = limit("NAMES");
  if (!most) return;
  std::string names;
  for (std::size_t i = 0; i < *most; ++i) {
    names += "#a" + std::to_string(i) + ",";
    alice.ask("JOIN #a" + std::to_string(i));
  }
  EXPECT_EQ(alice.ask("NAMES " + names + "#a0,#b").size(), 2 * *most);
}

TEST_F(Targmax, OfWhois) {
  EXPECT_EQ(limit("WHOIS"), 1);
  const auto replies = alice.ask("WHOIS alice,bob");
  EXPECT_LE(std::count_if(replies.begin(), replies.end(), [](auto& m) { return m.command == "311"; }), 1);
  EXPECT_TRUE(matches(replies.back(), "318 alice alice,bob :%")) << replies.back().line;
}

TEST_F(Isupport, Statusmsg) {
  if (!tokens().contains("STATUSMSG")) return;
  EXPECT_EQ(tokens()["STATUSMSG"], "@+");
  auto& bob = user("bob");
  auto& carol = user("carol");
  join("#c", {&alice, &bob, &carol});
  alice.ask("MODE #c +v bob");
  for (auto* client : {&bob, &carol}) client->settle();
  carol.exchange("PRIVMSG @#c :to operators", {});
  alice.receives({":carol PRIVMSG @#c :to operators"});
  bob.receives({});
  carol.exchange("PRIVMSG +#c :to voices", {});
  alice.receives({":carol PRIVMSG +#c :to voices"});
  bob.receives({":carol PRIVMSG +#c :to voices"});
}

TEST_F(Isupport, Safelist) {
  EXPECT_TRUE(tokens().contains("SAFELIST"));
  serve("send_queue 16k\nmax_clients 3000\n");
  auto& reader = user("reader");
  const std::string topic(300, 't');
  for (int u = 0; u < 10; ++u) {
    auto& maker = user("maker" + std::to_string(u));
    for (int c = 0; c < 20; ++c) {
      const auto channel = "#" + std::to_string(u) + "-" + std::to_string(c);
      maker.send("JOIN " + channel);
      maker.send("TOPIC " + channel + " :" + topic);
    }
    maker.settle();
  }
  EXPECT_EQ(reader.ask("LIST").size(), 202);
}

}  // namespace
}  // namespace chat::test
