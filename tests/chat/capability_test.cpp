// Capabilities: negotiation (CAP), and what each one of them changes for the client that has it, and for no other.
#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "chat_fixture.h"

namespace chat::test {
namespace {

// The names in a list, without the values that LS 302 gives.
std::set<std::string> names_in(const std::string& list) {
  std::set<std::string> names;
  std::istringstream words(list);
  for (std::string word; words >> word;) names.insert(word.substr(0, word.find('=')));
  return names;
}

const std::set<std::string> all_capabilities{
    "away-notify",      "batch",        "cap-notify",   "echo-message", "extended-join", "invite-notify",
    "labeled-response", "message-tags", "multi-prefix", "server-time",  "setname",       "standard-replies",
    "userhost-in-names"};

class Cap : public ChatTest {};

TEST_F(Cap, ListsWhatThereIs) {
  auto& alice = connect();
  alice.send("CAP LS 302");
  EXPECT_EQ(names_in(alice.expect("CAP * LS :%").last()), all_capabilities);
  alice.send("CAP LS");
  EXPECT_EQ(names_in(alice.expect("CAP * LS :%").last()), all_capabilities);
}

TEST_F(Cap, GivesNoValuesToOldClients) {
  auto& alice = connect();
  alice.send("CAP LS");
  EXPECT_EQ(alice.expect("CAP * LS :%").last().find('='), std::string::npos);
}

TEST_F(Cap, HoldsRegistrationUntilItsEnd) {
  for (const std::string line : {"CAP LS", "CAP LS 302", "CAP REQ :multi-prefix", "CAP REQ :no-such-thing"}) {
    auto& alice = connect();
    alice.send(line);
    alice.expect("CAP * % :%");
    alice.send("NICK alice");
    alice.send("USER alice 0 * :Alice");
    alice.send("JOIN #c");
    alice.expect("451 % :%");
    alice.send("CAP END");
    alice.expect("001 alice :%");
    alice.send("QUIT");
    alice.expect_end();
  }
}

TEST_F(Cap, NamesWhatTheClientHas) {
  auto& alice = user("alice");
  alice.exchange("CAP LIST", {"CAP alice LIST :"});
  alice.exchange("CAP REQ :multi-prefix away-notify", {"CAP alice ACK :multi-prefix away-notify%"});
  EXPECT_EQ(names_in(alice.ask("CAP LIST").at(0).last()), (std::set<std::string>{"multi-prefix", "away-notify"}));
}

TEST_F(Cap, RequestIsGrantedAsAWholeOrNotAtAll) {
  auto& alice = user("alice");
  alice.exchange("CAP REQ :multi-prefix no-such-thing away-notify",
                 {"CAP alice NAK :multi-prefix no-such-thing away-notify%"});
  alice.exchange("CAP LIST", {"CAP alice LIST :"});
  alice.exchange("CAP REQ :multi-prefix", {"CAP alice ACK :multi-prefix%"});
  alice.exchange("CAP REQ :-multi-prefix no-such-thing", {"CAP alice NAK :-multi-prefix no-such-thing%"});
  alice.exchange("CAP LIST", {"CAP alice LIST :multi-prefix%"});
}

TEST_F(Cap, RequestTakesAwayToo) {
  auto& alice = user("alice", "multi-prefix away-notify");
  alice.exchange("CAP REQ :-multi-prefix setname", {"CAP alice ACK :-multi-prefix setname%"});
  EXPECT_EQ(names_in(alice.ask("CAP LIST").at(0).last()), (std::set<std::string>{"setname", "away-notify"}));
}

TEST_F(Cap, RequestOfWhatIsSoAlreadySucceeds) {
  auto& alice = user("alice", "multi-prefix");
  alice.exchange("CAP REQ :multi-prefix", {"CAP alice ACK :multi-prefix%"});
  alice.exchange("CAP REQ :-setname", {"CAP alice ACK :-setname%"});
  alice.exchange("CAP REQ :setname -setname", {"CAP alice ACK :setname -setname%"});
  alice.exchange("CAP LIST", {"CAP alice LIST :multi-prefix%"});
}

TEST_F(Cap, NamesAreCaseSensitive) {
  auto& alice = user("alice");
  alice.exchange("CAP REQ :MULTI-PREFIX", {"CAP alice NAK :MULTI-PREFIX%"});
}

TEST_F(Cap, NamesAnUnknownSubcommand) {
  auto& someone = connect();
  someone.send("CAP FROB");
  someone.expect("410 * FROB :%");
  auto& alice = user("alice");
  alice.exchange("CAP FROB", {"410 alice FROB :%"});
  alice.exchange("CAP", {"461 alice CAP :%"});
}

TEST_F(Cap, EndDoesNothingForAUser) {
  auto& alice = user("alice");
  alice.exchange("CAP END", {});
}

TEST_F(Cap, VersionCountsAsANumber) {
  auto& alice = user("alice");
  alice.exchange("CAP LS 307", {"CAP alice LS :%"});
  // Above 302, cap-notify is had without being asked for, and cannot be given back.
  alice.exchange("CAP REQ :cap-notify", {"CAP alice ACK :cap-notify%"});
}

class MultiPrefix : public ChatTest {
 protected:
  void expect_prefixes(Client& client, const std::string& nick, const std::string& prefixes) {
    EXPECT_EQ(client.ask("NAMES #c").at(0).last(), prefixes + "alice") << nick;
    EXPECT_EQ(client.ask("WHO #c").at(0).params.at(6), "H" + prefixes) << nick;
    const auto whois = client.ask("WHOIS alice");
    const auto channels = std::find_if(whois.begin(), whois.end(), [](auto& m) { return m.command == "319"; });
    ASSERT_NE(channels, whois.end());
    EXPECT_TRUE(like(channels->last(), prefixes + "#c%")) << channels->line;
  }
};

TEST_F(MultiPrefix, ShowsAllPrefixes) {
  auto& alice = user("alice");
  auto& modern = user("modern", "multi-prefix");
  auto& plain = user("plain");
  alice.ask("JOIN #c");
  alice.ask("MODE #c +v alice");
  expect_prefixes(modern, "modern", "@+");
  expect_prefixes(plain, "plain", "@");
}

class UserhostInNames : public ChatTest {};

TEST_F(UserhostInNames, ShowsUserAndHost) {
  auto& alice = user("alice", "userhost-in-names");
  auto& bob = user("bob");
  alice.exchange("JOIN #c", {":alice JOIN #c", "353 alice = #c @alice!%alice@127.0.0.1", "366 ..."});
  bob.exchange("NAMES #c", {"353 bob = #c @alice", "366 bob #c :%"});
}

class EchoMessage : public ChatTest {};

TEST_F(EchoMessage, GivesTheSenderTheMessage) {
  auto& alice = user("alice", "echo-message");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  alice.exchange("PRIVMSG #c :hello", {":alice PRIVMSG #c hello"});
  alice.exchange("NOTICE #c :hello", {":alice NOTICE #c hello"});
  alice.exchange("PRIVMSG bob :hello", {":alice PRIVMSG bob hello"});
  bob.receives({":alice PRIVMSG #c hello", ":alice NOTICE #c hello", ":alice PRIVMSG bob hello"});
  bob.exchange("PRIVMSG #c :hello", {});
}

TEST_F(EchoMessage, GivesNoMessageThatWasNotDelivered) {
  auto& alice = user("alice", "echo-message");
  alice.exchange("PRIVMSG nobody :hello", {"401 alice nobody :%"});
  alice.exchange("NOTICE nobody :hello", {});
}

TEST_F(EchoMessage, GivesAMessageToOneselfTwice) {
  auto& alice = user("alice", "echo-message");
  alice.exchange("PRIVMSG alice :note", {":alice PRIVMSG alice note", ":alice PRIVMSG alice note"});
}

TEST_F(EchoMessage, GivesTheMessageAsItWasCut) {
  auto& alice = user("alice", "echo-message");
  auto& bob = user("bob");
  alice.send("PRIVMSG bob :" + std::string(490, 'x'));
  const auto echoed = alice.expect(":alice PRIVMSG bob %");
  EXPECT_EQ(bob.expect(":alice PRIVMSG bob %").line, echoed.line);
}

class ServerTime : public ChatTest {};

TEST_F(ServerTime, IsInUtcToTheMillisecond) {
  auto& alice = user("alice", "server-time");
  auto& bob = user("bob");
  bob.ask("PRIVMSG alice :hello");
  const auto message = alice.expect("@time=% :bob PRIVMSG alice :hello");
  EXPECT_TRUE(std::regex_match(message.tags.at("time"), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")))
      << message.line;
  bob.ask("JOIN #c");
  alice.ask("JOIN #c");
  bob.receives({":alice JOIN #c"});
}

TEST_F(ServerTime, ComesWithWhatTheChannelIsTold) {
  auto& alice = user("alice", "server-time");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  bob.ask("PRIVMSG #c :hello");
  bob.ask("TOPIC #c :Tea");
  bob.ask("NICK robert");
  bob.ask("PART #c");
  alice.expect("@time=% :bob PRIVMSG #c :hello");
  alice.expect("@time=% :robert PART #c");
}

class MessageTags : public ChatTest {};

TEST_F(MessageTags, RelaysTheClientsOwnTagsToThoseWhoTakeThem) {
  auto& alice = user("alice", "message-tags");
  auto& bob = user("bob", "message-tags");
  auto& carol = user("carol");
  join("#c", {&alice, &bob, &carol});
  alice.exchange("@+example.org/mood=happy\\s\\:;+typing=active;plain=no PRIVMSG #c :hello", {});
  bob.receives({"@+example.org/mood=happy\\s\\:;+typing=active :alice PRIVMSG #c hello"});
  carol.receives({":alice PRIVMSG #c hello"});
  alice.exchange("@+a=b NOTICE bob :hello", {});
  bob.receives({"@+a=b :alice NOTICE bob hello"});
}

TEST_F(MessageTags, AreNotTakenFromAClientWithoutThem) {
  auto& alice = user("alice");
  auto& bob = user("bob", "message-tags");
  alice.exchange("@+a=b PRIVMSG bob :hello", {});
  bob.receives({":alice PRIVMSG bob hello"});
}

TEST_F(MessageTags, GoBehindTheServersOwn) {
  auto& alice = user("alice", "message-tags");
  auto& bob = user("bob", "message-tags server-time");
  alice.ask("@+a=b PRIVMSG bob :hello");
  const auto message = bob.expect("@+a=b;time=% :alice PRIVMSG bob hello");
  EXPECT_TRUE(message.line.starts_with("@time=")) << message.line;
}

TEST_F(MessageTags, HoldTheLastOfAKeyThatComesTwice) {
  auto& alice = user("alice", "message-tags");
  auto& bob = user("bob", "message-tags");
  alice.ask("@+a=1;+a=2 PRIVMSG bob :hello");
  const auto message = bob.expect("@+a=2 :alice PRIVMSG bob hello");
  EXPECT_EQ(message.line.find("+a=1"), std::string::npos) << message.line;
}

TEST_F(MessageTags, TagmsgHasTagsAlone) {
  auto& alice = user("alice", "message-tags");
  auto& bob = user("bob", "message-tags");
  auto& carol = user("carol");
  join("#c", {&alice, &bob, &carol});
  alice.exchange("@+typing=active TAGMSG #c", {});
  bob.receives({"@+typing=active :alice TAGMSG #c"});
  carol.receives({});
  alice.exchange("@+typing=active TAGMSG bob", {});
  bob.receives({"@+typing=active :alice TAGMSG bob"});
  alice.exchange("@+typing=active TAGMSG carol", {});
  carol.receives({});
}

TEST_F(MessageTags, TagmsgHonoursChannelModes) {
  auto& alice = user("alice", "message-tags");
  auto& bob = user("bob", "message-tags");
  alice.ask("JOIN #c");
  alice.ask("MODE #c +n");
  bob.exchange("@+a=b TAGMSG #c", {"404 bob #c :%"});
  alice.receives({});
  bob.exchange("@+a=b TAGMSG nobody", {"401 bob nobody :%"});
  bob.exchange("@+a=b TAGMSG", {"411|461 bob ..."});
}

TEST_F(MessageTags, TagmsgIsEchoedWithEchoMessage) {
  auto& alice = user("alice", "message-tags echo-message");
  auto& bob = user("bob", "message-tags");
  join("#c", {&alice, &bob});
  alice.exchange("@+a=b TAGMSG #c", {"@+a=b :alice TAGMSG #c"});
  bob.receives({"@+a=b :alice TAGMSG #c"});
}

class AwayNotify : public ChatTest {};

TEST_F(AwayNotify, TellsWhoComesAndGoes) {
  auto& alice = user("alice", "away-notify");
  auto& bob = user("bob", "away-notify");
  auto& carol = user("carol");
  auto& stranger = user("stranger", "away-notify");
  join("#a", {&alice, &bob, &carol});
  join("#b", {&alice, &bob, &carol});
  bob.exchange("AWAY :lunch", {"306 bob :%"});
  alice.receives({":bob AWAY lunch"});
  bob.exchange("AWAY", {"305 bob :%"});
  alice.receives({":bob AWAY"});
  carol.receives({});
  stranger.receives({});
}

TEST_F(AwayNotify, TellsOfAUserWhoJoinsAway) {
  auto& alice = user("alice", "away-notify");
  auto& carol = user("carol");
  auto& bob = user("bob");
  join("#a", {&alice, &carol});
  bob.ask("AWAY :lunch");
  bob.ask("JOIN #a");
  alice.receives({":bob JOIN #a", ":bob AWAY lunch"});
  carol.receives({":bob JOIN #a"});
}

class ExtendedJoin : public ChatTest {};

TEST_F(ExtendedJoin, TellsTheRealName) {
  auto& alice = user("alice", "extended-join");
  auto& carol = user("carol");
  auto& bob = user("bob");
  join("#c", {&alice, &carol});
  bob.exchange("JOIN #c", {":bob JOIN #c", "353 ...", "366 ..."});
  alice.receives({":bob JOIN #c * :Real bob"});
  carol.receives({":bob JOIN #c"});
  alice.exchange("JOIN #d", {":alice JOIN #d * :Real alice", "353 alice = #d @alice", "366 alice #d :%"});
}

class InviteNotify : public ChatTest {};

TEST_F(InviteNotify, TellsMembersOfAnInvitation) {
  auto& alice = user("alice", "invite-notify");
  auto& bob = user("bob", "invite-notify");
  auto& carol = user("carol");
  auto& dave = user("dave");
  join("#c", {&alice, &bob, &carol});
  alice.ask("MODE #c +o bob");
  for (auto* client : {&bob, &carol}) client->settle();
  alice.ask("INVITE dave #c");
  bob.receives({":alice INVITE dave #c"});
  carol.receives({});
  dave.receives({":alice INVITE dave #c"});
}

class CapNotify : public ChatTest {};

TEST_F(CapNotify, TellsOfCapabilitiesThatGoAndCome) {
  auto& modern = connect();
  modern.send("CAP LS 302");
  modern.send("NICK modern");
  modern.send("USER modern 0 * :Modern");
  modern.send("CAP REQ :setname");
  modern.send("CAP END");
  modern.settle();
  auto& asked = user("asked", "cap-notify");
  auto& plain = user("plain");
  rehash("without_capability setname\n");
  modern.receives({"CAP modern DEL :setname%"});
  asked.receives({"CAP asked DEL :setname%"});
  plain.receives({});
  modern.exchange("CAP REQ :setname", {"CAP modern NAK :setname%"});
  EXPECT_EQ(names_in(modern.ask("CAP LS 302").at(0).last()).count("setname"), 0);
  rehash("");
  modern.receives({"CAP modern NEW :setname%"});
  asked.receives({"CAP asked NEW :setname%"});
  plain.receives({});
}

class SetName : public ChatTest {};

TEST_F(SetName, TellsThoseWhoCanHearIt) {
  auto& alice = user("alice", "setname");
  auto& bob = user("bob", "setname");
  auto& carol = user("carol");
  join("#a", {&alice, &bob, &carol});
  join("#b", {&alice, &bob, &carol});
  alice.exchange("SETNAME :Alice of Wonderland", {":alice SETNAME :Alice of Wonderland"});
  bob.receives({":alice SETNAME :Alice of Wonderland"});
  carol.receives({});
  EXPECT_TRUE(matches(carol.ask("WHOIS alice").at(0), "311 carol alice % % * :Alice of Wonderland"));
}

TEST_F(SetName, IsSilentForAClientWithoutIt) {
  auto& alice = user("alice");
  alice.exchange("SETNAME Alicia", {});
  EXPECT_TRUE(matches(alice.ask("WHOIS alice").at(0), "311 alice alice % % * Alicia"));
}

TEST_F(SetName, RefusesANameThatIsTooLongOrNone) {
  auto& alice = user("alice", "setname standard-replies");
  alice.exchange("SETNAME :" + std::string(480, 'x'), {"FAIL SETNAME INVALID_REALNAME :%"});
  for (const std::string line : {"SETNAME", "SETNAME :"}) {
    const auto replies = alice.ask(line);
    ASSERT_EQ(replies.size(), 1);
    EXPECT_TRUE(matches(replies[0], "461 alice SETNAME :%") || matches(replies[0], "FAIL SETNAME INVALID_REALNAME :%"))
        << replies[0].line;
  }
}

class LabeledResponse : public ChatTest {
 protected:
  Client& alice = user("alice", "labeled-response batch");
  Client& bob = user("bob");
};

TEST_F(LabeledResponse, LabelsTheOnlyLineOfAnAnswer) {
  alice.exchange("@label=a1 PING token", {"@label=a1 PONG irc.test token"});
  alice.exchange("@label=a2 PRIVMSG nobody :hello", {"@label=a2 401 alice nobody :%"});
  alice.exchange("@label=a3 FROBNICATE", {"@label=a3 421 alice FROBNICATE :%"});
  alice.exchange("@label=a4 AWAY :lunch", {"@label=a4 306 alice :%"});
  alice.exchange("PING token", {"PONG irc.test token"});
}

TEST_F(LabeledResponse, PutsManyLinesIntoABatch) {
  const auto replies = alice.ask("@label=b1 WHOIS bob");
  ASSERT_GE(replies.size(), 4);
  ASSERT_TRUE(matches(replies.front(), "@label=b1 BATCH +% labeled-response")) << replies.front().line;
  const auto batch = replies.front().params[0].substr(1);
  EXPECT_TRUE(std::regex_match(batch, std::regex("[A-Za-z0-9-]+"))) << batch;
  EXPECT_TRUE(matches(replies.back(), "BATCH -" + batch)) << replies.back().line;
  for (std::size_t i = 1; i + 1 < replies.size(); ++i) {
    EXPECT_EQ(replies[i].tags, (std::map<std::string, std::string>{{"batch", batch}})) << replies[i].line;
  }
}

TEST_F(LabeledResponse, AcknowledgesWhatHasNoAnswer) {
  alice.exchange("@label=c1 PRIVMSG bob :hello", {"@label=c1 ACK"});
  bob.receives({":alice PRIVMSG bob hello"});
  alice.exchange("@label=c2 PONG token", {"@label=c2 ACK"});
  alice.exchange("@label=c3 NOTICE nobody :x", {"@label=c3 ACK"});
}

TEST_F(LabeledResponse, LabelsTheEchoOfAChange) {
  alice.exchange("@label=d1 NICK alicia", {"@label=d1 :alice NICK alicia"});
  join("#c", {&alice, &bob});
  alice.exchange("@label=d2 PART #c", {"@label=d2 :alicia PART #c"});
  bob.receives({":alicia PART #c"});
  const auto joined = alice.ask("@label=d3 JOIN #d");
  EXPECT_TRUE(matches(joined.front(), "@label=d3 BATCH +% labeled-response")) << joined.front().line;
  EXPECT_TRUE(matches(joined.back(), "BATCH -%")) << joined.back().line;
}

TEST_F(LabeledResponse, LabelsTheEchoOfAMessage) {
  alice.exchange("CAP REQ :echo-message", {"CAP alice ACK :echo-message%"});
  alice.exchange("@label=e1 PRIVMSG bob :hello", {"@label=e1 :alice PRIVMSG bob hello"});
  // To oneself: the echo is labelled, the message is not.
  const auto both = alice.ask("@label=e2 PRIVMSG alice :note");
  ASSERT_EQ(both.size(), 2);
  EXPECT_EQ(std::count_if(both.begin(), both.end(), [](auto& m) { return m.tags.contains("label"); }), 1);
}

TEST_F(LabeledResponse, LabelsCapToo) { alice.exchange("@label=f1 CAP LIST", {"@label=f1 CAP alice LIST :%"}); }

TEST_F(LabeledResponse, IsNothingWithoutTheCapability) {
  bob.exchange("@label=g1 PING token", {"PONG irc.test token"});
  bob.exchange("@label=g2 PRIVMSG alice :hello", {});
}

TEST_F(LabeledResponse, IsNeverSeenByOthers) {
  auto& carol = user("carol", "message-tags");
  alice.ask("@label=h1 PRIVMSG carol :hello");
  carol.receives({":alice PRIVMSG carol hello"});
}

TEST_F(LabeledResponse, GivesAnEmptyListItsEndWithTheLabel) {
  alice.exchange("@label=i1 NAMES #nowhere", {"@label=i1 366 alice #nowhere :%"});
}

class LabeledOper : public PasswordTest {};

TEST_F(LabeledOper, LabelsTheAnswerThatComesLater) {
  auto& alice = user("alice", "labeled-response batch");
  alice.send("@label=j1 OPER root wrong");
  alice.expect("@label=j1 464 alice :%");
}

}  // namespace
}  // namespace chat::test
