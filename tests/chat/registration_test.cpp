// Registration: PASS, NICK, USER, PING, PONG, QUIT, ERROR, and the greeting.
#include <algorithm>

#include "chat_fixture.h"

namespace chat::test {
namespace {

class Registration : public ChatTest {};

TEST_F(Registration, IsGreetedInTheOrderOfTheDocument) {
  auto& alice = connect();
  alice.send("NICK alice");
  alice.send("USER alice 0 * :Alice of Wonderland");
  alice.expect("001 alice :%TestNet%alice%");
  alice.expect("002 alice :%irc.test%");
  alice.expect("003 alice :%");
  alice.expect("004 alice irc.test % % % %");
  alice.expect("005 alice ...");
}

TEST_F(Registration, TakesUserBeforeNick) {
  auto& alice = connect();
  alice.send("USER alice 0 * :Alice");
  alice.send("NICK alice");
  alice.expect("001 alice :%");
}

TEST_F(Registration, NamesTheUserByNickUserAndHost) {
  auto& alice = user("alice");
  const auto joined = alice.ask("JOIN #c").front();
  EXPECT_TRUE(joined.source == "alice!alice@127.0.0.1" || joined.source == "alice!~alice@127.0.0.1") << joined.line;
}

TEST_F(Registration, RefusesANickThatNobodyCouldAddress) {
  auto& someone = connect();
  for (const std::string nick : {"a!b", "a@b", "a*", "a?", "a,b", "$a", "#a", "&a", "@a", "+a", "a.b", "~a"}) {
    someone.send("NICK " + nick);
    someone.expect("432 * " + nick + " :%");
  }
  someone.send("NICK ::a");
  someone.expect("432 * ...");
  someone.send("NICK :a b");
  someone.expect("432 * ...");
}

TEST_F(Registration, TakesEveryCharacterThatNicksMayHave) {
  auto& someone = user("alice");
  someone.exchange("NICK a1[]{}\\|", {":alice NICK a1[]{}\\|"});
  someone.exchange("NICK Z9`_^-", {":a1[]{}\\| NICK Z9`_^-"});
}

TEST_F(Registration, AsksForANickThatIsMissing) {
  auto& someone = connect();
  someone.send("NICK");
  someone.expect("431 * :%");
  someone.send("NICK :");
  someone.expect("431 * :%");
  auto& alice = user("alice");
  alice.exchange("NICK", {"431 alice :%"});
}

TEST_F(Registration, GivesANickToOneClientAlone) {
  user("alice");
  auto& late = connect();
  late.send("NICK alice");
  late.expect("433 * alice :%");
  late.send("NICK ALICE");
  late.expect("433 * ALICE :%");
  late.send("USER late 0 * :Late");
  late.send("NICK late");
  late.expect("001 late :%");
  late.settle();
  late.exchange("NICK alice", {"433 late alice :%"});
}

TEST_F(Registration, TakesBracketsForTheSameLettersAsBraces) {
  auto& alice = user("alice");
  alice.exchange("NICK a[b]\\", {":alice NICK a[b]\\"});
  auto& late = user("late");
  late.exchange("NICK A{B}|", {"433 late A{B}| :%"});
}

TEST_F(Registration, HoldsANickFromTheFirstNickCommandOn) {
  auto& first = connect();
  first.send("NICK alice");
  first.send("NICK");
  first.expect("431 % :%");
  auto& second = connect();
  second.send("NICK alice");
  second.expect("433 * alice :%");
  first.close();
  ASSERT_TRUE(until([&] { return first.ended(); }));
  second.send("USER second 0 * :Second");
  second.send("NICK alice");
  second.expect("001 alice :%");
}

TEST_F(Registration, LetsAUserChangeTheCaseOfTheirNick) {
  auto& alice = user("alice");
  alice.exchange("NICK ALICE", {":alice NICK ALICE"});
}

TEST_F(Registration, TellsANewNickOnceToEverybodyInACommonChannel) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& stranger = user("stranger");
  join("#a", {&alice, &bob});
  join("#b", {&alice, &bob});
  alice.exchange("NICK alicia", {":alice NICK alicia"});
  bob.receives({":alice NICK alicia"});
  stranger.receives({});
  bob.exchange("PRIVMSG alicia :hello", {});
  alice.receives({":bob PRIVMSG alicia :hello"});
}

TEST_F(Registration, FreesTheOldNickAtAChange) {
  auto& alice = user("alice");
  alice.exchange("NICK alicia", {":alice NICK alicia"});
  user("alice");
}

TEST_F(Registration, HoldsNicksToTheirLength) {
  serve("nick_length 9\n");
  auto& alice = user("alice");
  alice.exchange("NICK a23456789", {":alice NICK a23456789"});
  alice.exchange("NICK b234567890", {"432 a23456789 b234567890 :%"});
}

TEST_F(Registration, DoesNothingElseBefore) {
  auto& someone = connect();
  for (const std::string command :
       {"JOIN #c", "PART #c", "PRIVMSG alice :hello", "NOTICE alice :hello", "MODE #c", "TOPIC #c", "WHO *", "LIST",
        "NAMES #c", "WHOIS alice", "OPER root s3cret", "AWAY :gone", "LUSERS", "MOTD", "KILL alice :no", "DIE"}) {
    someone.send(command);
    someone.expect("451 * :%");
  }
}

TEST_F(Registration, NeedsAllParametersOfUser) {
  auto& someone = connect();
  for (const std::string command : {"USER", "USER alice", "USER alice 0", "USER alice 0 *"}) {
    someone.send(command);
    someone.expect("461 * USER :%");
  }
}

TEST_F(Registration, HappensOnce) {
  auto& alice = user("alice");
  alice.exchange("USER alice 0 * :Alice", {"462 alice :%"});
  alice.exchange("PASS secret", {"462 alice :%"});
}

TEST_F(Registration, LetsNoUserNameForgeAHost) {
  auto& alice = connect();
  alice.send("NICK alice");
  alice.send("USER al!ice@trusted.example 0 * :Alice");
  alice.expect("001 alice :%");
  const auto source = alice.ask("JOIN #c").front().source;
  EXPECT_EQ(std::count(source.begin(), source.end(), '@'), 1) << source;
  EXPECT_EQ(std::count(source.begin(), source.end(), '!'), 1) << source;
  EXPECT_TRUE(source.ends_with("@127.0.0.1")) << source;
}

TEST_F(Registration, AsksForAnUnknownCommandsName) {
  auto& alice = user("alice");
  alice.exchange("FROBNICATE the server", {"421 alice FROBNICATE :%"});
}

TEST_F(Registration, TakesCommandsInAnyCase) {
  auto& alice = connect();
  alice.send("nick alice");
  alice.send("User alice 0 * :Alice");
  alice.expect("001 alice :%");
}

class ConnectPassword : public PasswordTest {
 protected:
  void SetUp() override {
    PasswordTest::SetUp();
    if (!IsSkipped()) serve("password " + hashed("open sesame") + "\n");
  }
  Client& with_password(const std::string& line) {
    auto& client = connect();
    if (!line.empty()) client.send(line);
    client.send("NICK alice");
    client.send("USER alice 0 * :Alice");
    return client;
  }
};

TEST_F(ConnectPassword, LetsInWhoKnowsIt) { with_password("PASS :open sesame").expect("001 alice :%"); }

TEST_F(ConnectPassword, KeepsOutWhoDoesNot) {
  for (const std::string line : {"PASS wrong", "PASS :", ""}) {
    auto& client = with_password(line);
    client.expect("464 % :%");
    client.expect("ERROR :%");
    client.expect_end();
  }
}

TEST_F(ConnectPassword, IsTheLastOneGiven) {
  auto& client = connect();
  client.send("PASS :open sesame");
  client.send("PASS wrong");
  client.send("NICK alice");
  client.send("USER alice 0 * :Alice");
  client.expect("464 % :%");
  auto& other = connect();
  other.send("PASS wrong");
  other.send("PASS :open sesame");
  other.send("NICK bob");
  other.send("USER bob 0 * :Bob");
  other.expect("001 bob :%");
}

TEST_F(ConnectPassword, NeedsAParameter) {
  auto& client = connect();
  client.send("PASS");
  client.expect("461 * PASS :%");
}

class Ping : public ChatTest {};

TEST_F(Ping, IsAnsweredWithItsToken) {
  auto& alice = user("alice");
  alice.exchange("PING token", {"PONG irc.test token"});
  alice.exchange("PING :a token with spaces", {"PONG irc.test :a token with spaces"});
}

TEST_F(Ping, NeedsAToken) {
  auto& alice = user("alice");
  alice.exchange("PING", {"409|461 alice ..."});
  alice.exchange("PING :", {"409 alice :%"});
}

TEST_F(Ping, NeedsNoAnswerToAPong) {
  auto& alice = user("alice");
  alice.exchange("PONG irc.test", {});
  alice.exchange("PONG", {});
}

class Quit : public ChatTest {};

TEST_F(Quit, IsAcknowledgedByAnErrorAndTheEnd) {
  auto& alice = user("alice");
  alice.send("QUIT :gone to lunch");
  alice.expect("ERROR :%gone to lunch%");
  alice.expect_end();
}

TEST_F(Quit, TellsTheReasonOnceToEverybodyInACommonChannel) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& stranger = user("stranger");
  join("#a", {&alice, &bob});
  join("#b", {&alice, &bob});
  alice.send("QUIT :gone to lunch");
  alice.expect_end();
  bob.receives({":alice QUIT :Quit: gone to lunch"});
  stranger.receives({});
}

TEST_F(Quit, NeedsNoReason) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#a", {&alice, &bob});
  alice.send("QUIT");
  alice.expect_end();
  bob.receives({":alice QUIT :Quit: "});
}

TEST_F(Quit, WorksBeforeRegistration) {
  auto& someone = connect();
  someone.send("QUIT :never mind");
  someone.expect("ERROR :%");
  someone.expect_end();
}

TEST_F(Quit, IsToldForAConnectionThatIsLost) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& carol = user("carol");
  join("#a", {&alice, &bob, &carol});
  bob.close();
  EXPECT_NE(alice.expect(":bob QUIT :%").last(), "");
  carol.reset();
  EXPECT_NE(alice.expect(":carol QUIT :%").last(), "");
  alice.exchange("NAMES #a", {"353 alice = #a @alice", "366 alice #a :%"});
  user("bob");
}

class Malformed : public ChatTest {};

TEST_F(Malformed, LinesAreAnsweredAndDropped) {
  auto& alice = user("alice");
  alice.send_bytes(std::string("PRIVMSG alice :a\0b\r\n", 21));
  alice.expect("400 alice :%");
  alice.send_bytes("PRIVMSG alice :a\rb\r\n");
  alice.expect("400 alice :%");
  alice.send_bytes("@tag=only\r\n");
  alice.expect("400 alice :%");
  alice.exchange("PING still", {"PONG irc.test still"});
}

}  // namespace
}  // namespace chat::test
