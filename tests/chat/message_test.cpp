// PRIVMSG, NOTICE, AWAY.
#include <algorithm>
#include <string>
#include "chat_fixture.h"

namespace chat::test {
namespace {

class Privmsg : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
};

TEST_F(Privmsg, ReachesAUser) {
  alice.exchange("PRIVMSG bob :are you there?", {});
  bob.receives({":alice PRIVMSG bob :are you there?"});
}

TEST_F(Privmsg, ReachesAUserByTheirNickInAnyCase) {
  alice.exchange("PRIVMSG BOB :hello", {});
  bob.expect(":alice PRIVMSG % :hello");
}

TEST_F(Privmsg, ReachesAllMembersOfAChannelButItsSender) {
  auto& carol = user("carol");
  auto& stranger = user("stranger");
  join("#c", {&alice, &bob, &carol});
  bob.exchange("PRIVMSG #C :hello all", {});
  alice.receives({":bob PRIVMSG #% :hello all"});
  carol.receives({":bob PRIVMSG #% :hello all"});
  stranger.receives({});
}

TEST_F(Privmsg, ReachesSeveralTargets) {
  auto& carol = user("carol");
  join("#c", {&alice, &carol});
  alice.exchange("PRIVMSG bob,#c,nobody :hello", {"401 alice nobody :%"});
  bob.receives({":alice PRIVMSG bob hello"});
  carol.receives({":alice PRIVMSG #c hello"});
}

TEST_F(Privmsg, ReachesOneself) { alice.exchange("PRIVMSG alice :note", {":alice PRIVMSG alice note"}); }

TEST_F(Privmsg, RefusesTooManyTargets) {
  std::string targets = "bob";
  for (int i = 0; i < 60; ++i) targets += ",t" + std::to_string(i);
  const auto replies = alice.ask("PRIVMSG " + targets + " :hello");
  EXPECT_EQ(std::count_if(replies.begin(), replies.end(), [](const Message& m) { return m.command == "407"; }), 1)
      << replies.size();
}

TEST_F(Privmsg, NamesATargetThatIsNot) {
  alice.exchange("PRIVMSG nobody :hello", {"401 alice nobody :%"});
  alice.exchange("PRIVMSG #nowhere :hello", {"401|403 alice #nowhere :%"});
}

TEST_F(Privmsg, NeedsATargetAndText) {
  alice.exchange("PRIVMSG", {"411 alice :%PRIVMSG%"});
  alice.exchange("PRIVMSG bob", {"412 alice :%"});
  alice.exchange("PRIVMSG bob :", {"412 alice :%"});
  bob.receives({});
}

TEST_F(Privmsg, CarriesAnyByteThatALineMayHave) {
  std::string text =
      "\x01"
      "ACTION waves\x01 \x02"
      "bold\x02 \t:) caf\xc3\xa9 \xff\xfe ::";
  alice.exchange("PRIVMSG bob :" + text, {});
  EXPECT_EQ(bob.expect(":alice PRIVMSG bob %").last(), text);
}

TEST_F(Privmsg, TakesNoSourceFromAClient) {
  auto& carol = user("carol");
  alice.exchange(":bob PRIVMSG carol :I am bob", {});
  carol.receives({":alice PRIVMSG carol :I am bob"});
}

TEST_F(Privmsg, IsCutToALineThatFits) {
  const std::string text(512 - std::string("PRIVMSG bob :\r\n").size(), 'x');
  alice.exchange("PRIVMSG bob :" + text, {});
  const auto message = bob.expect(":alice PRIVMSG bob %");
  EXPECT_LE(message.line.size(), 510);
  EXPECT_GE(message.line.size(), 500);
  EXPECT_TRUE(text.starts_with(message.last()));
}

TEST_F(Privmsg, IsNotRepeatedToAMemberOfTwoCommonChannels) {
  join("#a", {&alice, &bob});
  join("#b", {&alice, &bob});
  alice.exchange("PRIVMSG #a :once", {});
  bob.receives({":alice PRIVMSG #a once"});
}

class Notice : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
};

TEST_F(Notice, ReachesUsersAndChannels) {
  join("#c", {&alice, &bob});
  alice.exchange("NOTICE bob,#c :hear", {});
  bob.receives({":alice NOTICE bob hear", ":alice NOTICE #c hear"});
}

TEST_F(Notice, IsNeverAnswered) {
  bob.ask("AWAY :lunch");
  for (const std::string line : {"NOTICE", "NOTICE bob", "NOTICE bob :", "NOTICE nobody :x", "NOTICE #nowhere :x",
                                 "NOTICE bob :are you away?"}) {
    alice.exchange(line, {});
  }
}

class Away : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
};

TEST_F(Away, IsAcknowledged) {
  bob.exchange("AWAY :lunch", {"306 bob :%"});
  bob.exchange("AWAY", {"305 bob :%"});
  bob.exchange("AWAY :lunch", {"306 bob :%"});
  bob.exchange("AWAY :", {"305 bob :%"});
}

TEST_F(Away, IsToldToWhoWritesToOne) {
  bob.ask("AWAY :lunch");
  alice.exchange("PRIVMSG bob :hello", {"301 alice bob lunch"});
  bob.receives({":alice PRIVMSG bob hello"});
  bob.ask("AWAY");
  alice.exchange("PRIVMSG bob :hello", {});
}

TEST_F(Away, IsNotToldToWhoWritesToAChannel) {
  join("#c", {&alice, &bob});
  bob.ask("AWAY :lunch");
  alice.exchange("PRIVMSG #c :hello", {});
}

class AwayLength : public ChatTest {};

TEST_F(AwayLength, IsLimited) {
  serve("away_length 10\n");
  auto& alice = user("alice");
  auto& bob = user("bob");
  bob.ask("AWAY :0123456789abc");
  alice.exchange("PRIVMSG bob :hello", {"301 alice bob 0123456789"});
}

}  // namespace
}  // namespace chat::test
