// Queries: WHO, WHOIS, WHOWAS, USERHOST, ISON, LIST, LUSERS, MOTD, VERSION, TIME, ADMIN, INFO, LINKS, STATS, HELP.
#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "chat_fixture.h"

namespace chat::test {
namespace {

// Which of the messages are this numeric, by one of their parameters.
std::multiset<std::string> values(const std::vector<Message>& messages, std::string_view numeric, std::size_t param) {
  std::multiset<std::string> found;
  for (const auto& message : messages) {
    if (message.command == numeric) found.insert(message.params.at(param));
  }
  return found;
}

using Texts = std::multiset<std::string>;

class Who : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
};

TEST_F(Who, ListsAChannel) {
  join("#c", {&alice, &bob});
  bob.ask("AWAY :lunch");
  const auto replies = alice.ask("WHO #c");
  ASSERT_EQ(replies.size(), 3);
  EXPECT_EQ(values(replies, "352", 5), (Texts{"alice", "bob"}));
  const auto& of_alice = replies[0].params.at(5) == "alice" ? replies[0] : replies[1];
  const auto& of_bob = replies[0].params.at(5) == "bob" ? replies[0] : replies[1];
  EXPECT_TRUE(matches(of_alice, "352 alice #c %alice 127.0.0.1 irc.test alice H@ :0 Real alice")) << of_alice.line;
  EXPECT_TRUE(matches(of_bob, "352 alice #c %bob 127.0.0.1 irc.test bob G :0 Real bob")) << of_bob.line;
  EXPECT_TRUE(matches(replies[2], "315 alice #c :%"));
}

TEST_F(Who, ListsOneUser) {
  alice.exchange("WHO bob", {"352 alice % %bob 127.0.0.1 irc.test bob H :0 Real bob", "315 alice bob :%"});
}

TEST_F(Who, ListsThoseWhoseNicksMatch) {
  user("bert");
  EXPECT_EQ(values(alice.ask("WHO b*"), "352", 5), (Texts{"bert", "bob"}));
  EXPECT_EQ(values(alice.ask("WHO b?b"), "352", 5), (Texts{"bob"}));
}

TEST_F(Who, EndsForNobody) {
  alice.exchange("WHO nobody", {"315 alice nobody :%"});
  alice.exchange("WHO #nowhere", {"315 alice #nowhere :%"});
}

TEST_F(Who, HidesInvisibleUsersFromStrangers) {
  bob.ask("MODE bob +i");
  alice.exchange("WHO b*", {"315 alice b* :%"});
  join("#c", {&alice, &bob});
  EXPECT_EQ(values(alice.ask("WHO b*"), "352", 5), (Texts{"bob"}));
}

TEST_F(Who, HidesASecretChannelFromStrangers) {
  bob.ask("JOIN #c");
  bob.ask("MODE #c +s");
  alice.exchange("WHO #c", {"315 alice #c :%"});
  EXPECT_EQ(alice.ask("WHO bob").at(0).params.at(1), "*");
}

class Whois : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
};

TEST_F(Whois, TellsAllAboutAUser) {
  bob.ask("JOIN #a");
  bob.ask("AWAY :lunch");
  const auto replies = alice.ask("WHOIS bob");
  ASSERT_GE(replies.size(), 6);
  EXPECT_TRUE(matches(replies.front(), "311 alice bob %bob 127.0.0.1 * :Real bob")) << replies.front().line;
  EXPECT_TRUE(matches(replies.back(), "318 alice bob :%")) << replies.back().line;
  const auto one = [&](std::string_view pattern) {
    return std::count_if(replies.begin(), replies.end(), [&](const Message& m) { return matches(m, pattern); }) == 1;
  };
  EXPECT_TRUE(one("319 alice bob @#a") || one("319 alice bob :@#a "));
  EXPECT_TRUE(one("312 alice bob irc.test :The server under test"));
  EXPECT_TRUE(one("301 alice bob lunch"));
  EXPECT_TRUE(one("317 alice bob % 1% :%"));
  EXPECT_FALSE(one("313 alice bob :%"));
}

TEST_F(Whois, TakesAServerOrTheSameNickFirst) {
  for (const std::string line : {"WHOIS irc.test bob", "WHOIS bob bob"}) {
    const auto replies = alice.ask(line);
    EXPECT_TRUE(matches(replies.front(), "311 alice bob %bob 127.0.0.1 * :Real bob")) << replies.front().line;
    EXPECT_TRUE(matches(replies.back(), "318 alice bob :%")) << replies.back().line;
  }
  alice.exchange("WHOIS nowhere.example bob", {"402 alice nowhere.example :%"});
}

TEST_F(Whois, NamesWhoIsNot) {
  alice.exchange("WHOIS nobody", {"401 alice nobody :%", "318 alice nobody :%"});
  alice.exchange("WHOIS", {"431|461 alice ..."});
}

TEST_F(Whois, EndsWithTheNickAsItWasAsked) { EXPECT_TRUE(matches(alice.ask("WHOIS BOB").back(), "318 alice BOB :%")); }

TEST_F(Whois, HidesSecretChannelsFromStrangers) {
  bob.ask("JOIN #open,#hidden");
  bob.ask("MODE #hidden +s");
  EXPECT_TRUE(values(alice.ask("WHOIS bob"), "319", 2).begin()->starts_with("@#open"));
  EXPECT_EQ(values(alice.ask("WHOIS bob"), "319", 2).begin()->find("#hidden"), std::string::npos);
  alice.ask("JOIN #hidden");
  EXPECT_NE(values(alice.ask("WHOIS bob"), "319", 2).begin()->find("#hidden"), std::string::npos);
}

TEST_F(Whois, TellsManyChannelsInLinesThatFit) {
  std::set<std::string> expected;
  for (int i = 0; i < 30; ++i) {
    const auto channel = "#a-channel-with-a-rather-long-name-" + std::to_string(i);
    bob.ask("JOIN " + channel);
    expected.insert("@" + channel);
  }
  std::set<std::string> shown;
  for (const auto& list : values(alice.ask("WHOIS bob"), "319", 2)) {
    std::istringstream words(list);
    shown.insert(std::istream_iterator<std::string>(words), {});
  }
  EXPECT_EQ(shown, expected);
}

TEST_F(Whois, CountsIdleSecondsFromTheLastMessage) {
  const auto idle = [&] { return std::stoi(*values(alice.ask("WHOIS bob"), "317", 2).begin()); };
  ASSERT_TRUE(until([&] { return idle() >= 1; }));
  bob.exchange("PRIVMSG alice :still here", {});
  EXPECT_LE(idle(), 1);
}

class Whowas : public ChatTest {
 protected:
  Client& alice = user("alice");
  void visit(const std::string& nick) {
    auto& client = user(nick);
    client.send("QUIT");
    client.expect_end();
  }
};

TEST_F(Whowas, TellsOfAUserWhoLeft) {
  visit("bob");
  alice.exchange("WHOWAS bob",
                 {"314 alice bob %bob 127.0.0.1 * :Real bob", "312 alice bob irc.test :%", "369 alice bob :%"});
}

TEST_F(Whowas, TellsOfAnOldNick) {
  auto& bob = user("bob");
  bob.ask("NICK robert");
  EXPECT_EQ(values(alice.ask("WHOWAS bob"), "314", 1), (Texts{"bob"}));
}

TEST_F(Whowas, GivesAsManyAsAreAskedFor) {
  for (int i = 0; i < 3; ++i) visit("bob");
  EXPECT_EQ(values(alice.ask("WHOWAS bob"), "314", 1).size(), 3);
  EXPECT_EQ(values(alice.ask("WHOWAS bob 2"), "314", 1).size(), 2);
  EXPECT_EQ(values(alice.ask("WHOWAS bob -1"), "314", 1).size(), 3);
}

TEST_F(Whowas, NamesWhoNeverWas) {
  alice.exchange("WHOWAS nobody", {"406 alice nobody :%", "369 alice nobody :%"});
  alice.exchange("WHOWAS", {"431|461 alice ..."});
}

class WhowasLength : public ChatTest {};

TEST_F(WhowasLength, IsLimited) {
  serve("whowas_entries 2\n");
  auto& alice = user("alice");
  for (const std::string nick : {"one", "two", "three"}) {
    auto& client = user(nick);
    client.send("QUIT");
    client.expect_end();
  }
  alice.exchange("WHOWAS one", {"406 alice one :%", "369 alice one :%"});
  EXPECT_EQ(values(alice.ask("WHOWAS three"), "314", 1).size(), 1);
}

class Userhost : public ChatTest {
 protected:
  Client& alice = user("alice");
};

TEST_F(Userhost, GivesThoseWhoAreThere) {
  auto& bob = user("bob");
  bob.ask("AWAY :lunch");
  const auto reply = alice.ask("USERHOST alice nobody BOB").at(0);
  EXPECT_TRUE(like(reply.last(), "alice=+%alice@127.0.0.1 bob=-%bob@127.0.0.1%")) << reply.line;
}

TEST_F(Userhost, GivesFiveAtMost) {
  alice.exchange("USERHOST a b c d e alice", {"302 alice :"});
  EXPECT_NE(alice.ask("USERHOST a b c d alice e").at(0).last(), "");
}

TEST_F(Userhost, GivesAnEmptyLineForNobody) {
  alice.exchange("USERHOST nobody", {"302 alice :"});
  alice.exchange("USERHOST", {"461 alice USERHOST :%"});
}

class Ison : public ChatTest {};

TEST_F(Ison, GivesThoseWhoAreThere) {
  auto& alice = user("alice");
  user("bob");
  alice.exchange("ISON bob nobody ALICE", {"303 alice :bob alice%"});
  alice.exchange("ISON :nobody bob", {"303 alice :bob%"});
  alice.exchange("ISON nobody", {"303 alice :"});
  alice.exchange("ISON", {"461 alice ISON :%"});
}

TEST_F(Ison, LeavesOutANameRatherThanCuttingIt) {
  auto& alice = user("alice");
  const std::string nick(30, 'n');
  user(nick);
  std::string names;
  for (int i = 0; i < 16; ++i) names += " " + nick;
  const auto here = alice.ask("ISON" + names).at(0).last();
  EXPECT_GT(here.size(), 400U);
  EXPECT_EQ(here.size() % 31, 30U) << here;  // whole names, with a space between
}

class ListQuery : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
  Texts listed(const std::string& filter) { return values(alice.ask("LIST " + filter), "322", 1); }
};

TEST_F(ListQuery, GivesChannelsWithMembersAndTopic) {
  join("#busy", {&alice, &bob});
  alice.ask("TOPIC #busy :Tea at five");
  alice.exchange("LIST", {"321 alice Channel ...", "322 alice #busy 2 :Tea at five", "323 alice :%"});
  bob.exchange("LIST #BUSY,#nowhere", {"321 bob Channel ...", "322 bob #busy 2 :Tea at five", "323 bob :%"});
}

TEST_F(ListQuery, HidesSecretChannelsFromStrangers) {
  bob.ask("JOIN #hidden");
  bob.ask("MODE #hidden +s");
  EXPECT_EQ(listed(""), Texts{});
  EXPECT_EQ(listed("#hidden"), Texts{});
  EXPECT_EQ(values(bob.ask("LIST"), "322", 1), (Texts{"#hidden"}));
}

// The letters of ELIST (isupport_test checks that these are the ones advertised).
TEST_F(ListQuery, FiltersByTheNumberOfUsers) {
  join("#two", {&alice, &bob});
  alice.ask("JOIN #one");
  EXPECT_EQ(listed(">1"), (Texts{"#two"}));
  EXPECT_EQ(listed("<2"), (Texts{"#one"}));
  EXPECT_EQ(listed(">0,<3"), (Texts{"#one", "#two"}));
  EXPECT_EQ(listed(">2"), Texts{});
}

TEST_F(ListQuery, FiltersByMasks) {
  alice.ask("JOIN #tea,#teapot,#coffee");
  EXPECT_EQ(listed("#tea*"), (Texts{"#tea", "#teapot"}));
  EXPECT_EQ(listed("*ee"), (Texts{"#coffee"}));
  EXPECT_EQ(listed("!*tea*"), (Texts{"#coffee"}));
}

TEST_F(ListQuery, FiltersByAges) {
  alice.ask("JOIN #new,#quiet");
  alice.ask("TOPIC #new :Tea");
  EXPECT_EQ(listed("C<1"), (Texts{"#new", "#quiet"}));
  EXPECT_EQ(listed("C>1"), Texts{});
  EXPECT_EQ(listed("T<1"), (Texts{"#new"}));
  EXPECT_EQ(listed("T>1"), Texts{});
}

class Lusers : public PasswordTest {};

TEST_F(Lusers, CountsWhoIsThere) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  operator_user("root");
  auto& unknown = connect();
  unknown.send("NICK unknown");
  unknown.send("JOIN #x");
  unknown.expect("451 ...");
  bob.ask("MODE bob +i");
  alice.ask("JOIN #a,#b");
  const auto replies = alice.ask("LUSERS");
  const auto find = [&](std::string_view numeric) {
    const auto found = std::find_if(replies.begin(), replies.end(), [&](auto& m) { return m.command == numeric; });
    return found == replies.end() ? Message{} : *found;
  };
  EXPECT_TRUE(matches(find("251"), "251 alice :There are 2 users and 1 invisible on 1 servers")) << find("251").line;
  EXPECT_TRUE(matches(find("252"), "252 alice 1 :%")) << find("252").line;
  EXPECT_TRUE(matches(find("253"), "253 alice 1 :%")) << find("253").line;
  EXPECT_TRUE(matches(find("254"), "254 alice 2 :%")) << find("254").line;
  EXPECT_TRUE(matches(find("255"), "255 alice :I have 3 clients and % servers")) << find("255").line;
  EXPECT_TRUE(matches(find("265"), "265 alice 3 3 :%")) << find("265").line;
  EXPECT_TRUE(matches(find("266"), "266 alice 3 3 :%")) << find("266").line;
}

TEST_F(Lusers, RemembersTheMost) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  bob.send("QUIT");
  bob.expect_end();
  EXPECT_EQ(values(alice.ask("LUSERS"), "265", 2), (Texts{"2"}));
  EXPECT_EQ(values(alice.ask("LUSERS"), "265", 1), (Texts{"1"}));
}

class Motd : public ChatTest {};

TEST_F(Motd, IsShownLineByLine) {
  serve("motd Welcome, traveller.\nmotd Be kind.\n");
  auto& alice = connect();
  alice.send("NICK alice");
  alice.send("USER alice 0 * :Alice");
  alice.expect("375 alice :%irc.test%");
  alice.receives({"372 alice :%Welcome, traveller.", "372 alice :%Be kind.", "376 alice :%"});
  alice.exchange("MOTD", {"375 alice :%", "372 alice :%Welcome, traveller.", "372 alice :%Be kind.", "376 alice :%"});
  alice.exchange("MOTD nowhere.example", {"402 alice nowhere.example :%"});
}

TEST_F(Motd, IsMissingWhereNoneIsSet) {
  auto& alice = user("alice");
  alice.exchange("MOTD", {"422 alice :%"});
}

class Version : public ChatTest {};

TEST_F(Version, NamesTheProgramAndWhatItSupports) {
  auto& alice = user("alice");
  const auto replies = alice.ask("VERSION");
  ASSERT_GE(replies.size(), 2);
  EXPECT_TRUE(matches(replies[0], "351 alice % irc.test :%") || matches(replies[0], "351 alice % irc.test"))
      << replies[0].line;
  for (std::size_t i = 1; i < replies.size(); ++i) EXPECT_EQ(replies[i].command, "005") << replies[i].line;
  EXPECT_EQ(alice.ask("VERSION irc.test").size(), replies.size());
  EXPECT_EQ(alice.ask("VERSION *.test").size(), replies.size());
  EXPECT_EQ(alice.ask("VERSION alice").size(), replies.size());
  alice.exchange("VERSION nowhere.example", {"402 alice nowhere.example :%"});
}

class Time : public ChatTest {};

TEST_F(Time, IsTold) {
  auto& alice = user("alice");
  const auto reply = alice.ask("TIME").at(0);
  EXPECT_EQ(reply.command, "391");
  EXPECT_EQ(reply.params.at(1), "irc.test");
  EXPECT_GT(reply.last().size(), 5);
  alice.exchange("TIME nowhere.example", {"402 alice nowhere.example :%"});
}

class Admin : public ChatTest {};

TEST_F(Admin, IsNamed) {
  serve("admin_location Oxford\nadmin_location The rabbit hole\nadmin_email hatter@example.org\n");
  auto& alice = user("alice");
  const auto replies = alice.ask("ADMIN");
  ASSERT_EQ(replies.size(), 4);
  EXPECT_EQ(replies[0].command, "256");
  EXPECT_TRUE(matches(replies[1], "257 alice Oxford")) << replies[1].line;
  EXPECT_TRUE(matches(replies[2], "258 alice :The rabbit hole")) << replies[2].line;
  EXPECT_TRUE(matches(replies[3], "259 alice :%hatter@example.org%")) << replies[3].line;
  alice.exchange("ADMIN nowhere.example", {"402 alice nowhere.example :%"});
}

TEST_F(Admin, IsMissingWhereNobodyIsNamed) {
  auto& alice = user("alice");
  alice.exchange("ADMIN", {"423 alice irc.test :%"});
}

class Info : public ChatTest {};

TEST_F(Info, Ends) {
  auto& alice = user("alice");
  const auto replies = alice.ask("INFO");
  ASSERT_GE(replies.size(), 2);
  for (std::size_t i = 0; i + 1 < replies.size(); ++i) EXPECT_TRUE(matches(replies[i], "371 alice :%"));
  EXPECT_TRUE(matches(replies.back(), "374 alice :%"));
}

class Links : public ChatTest {};

TEST_F(Links, NamesThisServerAlone) {
  auto& alice = user("alice");
  alice.exchange("LINKS", {"364 alice irc.test irc.test :0 The server under test", "365 alice * :%"});
}

class StatsQuery : public ChatTest {
 protected:
  Client& alice = user("alice");
};

TEST_F(StatsQuery, TellsTheUptime) { alice.exchange("STATS u", {"242 alice :%Up 0 days 0:00:%", "219 alice u :%"}); }

TEST_F(StatsQuery, CountsCommands) {
  alice.ask("PRIVMSG alice :one");
  alice.ask("PRIVMSG alice :two");
  const auto replies = alice.ask("STATS m");
  EXPECT_TRUE(matches(replies.back(), "219 alice m :%"));
  const auto privmsg =
      std::find_if(replies.begin(), replies.end(), [](const Message& m) { return m.params.at(1) == "PRIVMSG"; });
  ASSERT_NE(privmsg, replies.end());
  EXPECT_TRUE(privmsg->command == "212" && privmsg->params.at(2) == "2") << privmsg->line;
}

TEST_F(StatsQuery, HasConnectionsAndOperatorsForOperators) {
  alice.exchange("STATS l", {"481 alice :%"});
  alice.exchange("STATS o", {"481 alice :%"});
}

TEST_F(StatsQuery, EndsForLettersThatItDoesNotKnow) { alice.exchange("STATS z", {"219 alice z :%"}); }

TEST_F(StatsQuery, NeedsALetter) {
  alice.exchange("STATS", {"461 alice STATS :%"});
  alice.exchange("STATS u nowhere.example", {"402 alice nowhere.example :%"});
}

class Help : public ChatTest {
 protected:
  Client& alice = user("alice");
  void is_help(const std::vector<Message>& replies, const std::string& subject) {
    ASSERT_GE(replies.size(), 2);
    EXPECT_TRUE(matches(replies.front(), "704 alice " + subject + " :%")) << replies.front().line;
    EXPECT_TRUE(matches(replies.back(), "706 alice " + subject + " :%")) << replies.back().line;
    for (std::size_t i = 1; i + 1 < replies.size(); ++i) {
      EXPECT_TRUE(matches(replies[i], "705 alice " + subject + " :%")) << replies[i].line;
    }
  }
};

TEST_F(Help, IsGivenWithoutASubject) { is_help(alice.ask("HELP"), "%"); }

TEST_F(Help, IsGivenForEveryCommand) {
  for (const std::string command :
       {"ADMIN", "AWAY",  "CAP",  "DIE",      "HELP",    "INFO",    "INVITE", "ISON",    "JOIN",   "KICK",
        "KILL",  "LINKS", "LIST", "LUSERS",   "MODE",    "MOTD",    "NAMES",  "NICK",    "NOTICE", "OPER",
        "PART",  "PASS",  "PING", "PONG",     "PRIVMSG", "QUIT",    "REHASH", "SETNAME", "STATS",  "TAGMSG",
        "TIME",  "TOPIC", "USER", "USERHOST", "VERSION", "WALLOPS", "WHO",    "WHOIS",   "WHOWAS"}) {
    SCOPED_TRACE(command);
    is_help(alice.ask("HELP " + command), command);
  }
}

TEST_F(Help, NamesASubjectThatItDoesNotKnow) {
  alice.exchange("HELP frobnication", {"524 alice frobnication :%"});
  alice.exchange("HELP :two words", {"524 alice * :%"});
}

}  // namespace
}  // namespace chat::test
