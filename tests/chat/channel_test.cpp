// Channels: JOIN, PART, TOPIC, NAMES.
#include <iterator>
#include <set>
#include <sstream>

#include "chat_fixture.h"

namespace chat::test {
namespace {

class Join : public ChatTest {};

TEST_F(Join, MakesAChannelAndItsFirstMemberTheOperator) {
  auto& alice = user("alice");
  alice.exchange("JOIN #c", {":alice JOIN #c", "353 alice = #c @alice", "366 alice #c :%"});
}

TEST_F(Join, TellsTheNewMemberTheTopicAndThenTheNames) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice});
  alice.ask("TOPIC #c :Tea at five");
  bob.exchange("JOIN #c",
               {":bob JOIN #c", "332 bob #c :Tea at five", "333 bob #c alice% %", "353 bob = #c :%", "366 bob #c :%"});
  alice.receives({":bob JOIN #c"});
}

TEST_F(Join, TakesAListOfChannelsAndOneOfKeys) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #a,#b,#open");
  alice.ask("MODE #a +k first");
  alice.ask("MODE #b +k second");
  bob.exchange("JOIN #a,#b,#open first,second", {":bob JOIN #a", "353 bob = #a :%", "366 bob #a :%",  //
                                                 ":bob JOIN #b", "353 bob = #b :%", "366 bob #b :%",  //
                                                 ":bob JOIN #open", "353 bob = #open :%", "366 bob #open :%"});
}

TEST_F(Join, GivesTheFirstKeyToTheFirstChannel) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #locked");
  alice.ask("MODE #locked +k key");
  bob.exchange("JOIN #new,#locked key",
               {":bob JOIN #new", "353 bob = #new @bob", "366 bob #new :%", "475 bob #locked :%"});
  bob.exchange("JOIN #locked,#other key", {":bob JOIN #locked", "353 bob = #locked :%", "366 bob #locked :%",  //
                                           ":bob JOIN #other", "353 bob = #other @bob", "366 bob #other :%"});
}

TEST_F(Join, GoesOnAfterAChannelThatItCannotEnter) {
  auto& alice = user("alice");
  alice.exchange("JOIN #a,bad,#b", {":alice JOIN #a", "353 alice = #a @alice", "366 alice #a :%",  //
                                    "403|476 alice bad :%",                                        //
                                    ":alice JOIN #b", "353 alice = #b @alice", "366 alice #b :%"});
}

TEST_F(Join, DoesNothingForAMember) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  alice.exchange("JOIN #C", {});
  bob.receives({});
}

TEST_F(Join, NeedsAChannel) {
  auto& alice = user("alice");
  alice.exchange("JOIN", {"461 alice JOIN :%"});
}

TEST_F(Join, RefusesNamesThatNoChannelHas) {
  auto& alice = user("alice");
  alice.exchange("JOIN lobby", {"403|476 alice lobby :%"});
  alice.exchange("JOIN +c", {"403|476 alice +c :%"});
  alice.exchange("JOIN #a\x07z", {"403|476 alice % :%"});
}

TEST_F(Join, HoldsChannelNamesToTheirLength) {
  serve("channel_length 10\n");
  auto& alice = user("alice");
  alice.exchange("JOIN #123456789", {":alice JOIN #123456789", "353 ...", "366 ..."});
  alice.exchange("JOIN #1234567890", {"403|476|479 alice #1234567890 :%"});
}

TEST_F(Join, TakesBracketsForTheSameLettersAsBraces) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#A[]\\~", {&alice});
  bob.exchange("JOIN #a{}|^", {":bob JOIN #A[]\\~", "353 bob = #A[]\\~ :%", "366 bob #% :%"});
  alice.receives({":bob JOIN #A[]\\~"});
}

TEST_F(Join, WithZeroLeavesEveryChannel) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#a", {&alice, &bob});
  join("#b", {&alice, &bob});
  const auto parts = alice.ask("JOIN 0");
  ASSERT_EQ(parts.size(), 2);
  EXPECT_TRUE(matches(parts[0], ":alice PART #%") && matches(parts[1], ":alice PART #%")) << parts[0].line;
  EXPECT_NE(parts[0].params[0], parts[1].params[0]);
  bob.receives({parts[0].line, parts[1].line});
  alice.exchange("PART #a", {"442 alice #a :%"});
}

TEST_F(Join, IsRefusedAboveTheNumberOfChannels) {
  serve("channels_per_client 2\n");
  auto& alice = user("alice");
  alice.ask("JOIN #a,#b");
  alice.exchange("JOIN #c", {"405 alice #c :%"});
  alice.ask("PART #a");
  alice.exchange("JOIN #c", {":alice JOIN #c", "353 ...", "366 ..."});
}

class JoinMode : public ChatTest {
 protected:
  Client& alice = user("alice");
  Client& bob = user("bob");
  void mode(const std::string& change) {
    alice.ask("JOIN #c");
    alice.exchange("MODE #c " + change, {":alice MODE #c " + change});
  }
  void enters(Client& client, const std::string& nick, const std::string& line = "JOIN #c") {
    client.exchange(line, {":" + nick + " JOIN #c", "353 " + nick + " = #c :%", "366 " + nick + " #c :%"});
  }
};

TEST_F(JoinMode, KeyIsNeeded) {
  mode("+k key");
  bob.exchange("JOIN #c", {"475 bob #c :%"});
  bob.exchange("JOIN #c wrong", {"475 bob #c :%"});
  bob.exchange("JOIN #c KEY", {"475 bob #c :%"});
  enters(bob, "bob", "JOIN #c key");
}

TEST_F(JoinMode, LimitCountsMembers) {
  auto& carol = user("carol");
  mode("+l 2");
  enters(bob, "bob");
  carol.exchange("JOIN #c", {"471 carol #c :%"});
  bob.ask("PART #c");
  enters(carol, "carol");
}

TEST_F(JoinMode, InviteOnlyNeedsAnInvitation) {
  mode("+i");
  bob.exchange("JOIN #c", {"473 bob #c :%"});
  alice.ask("INVITE bob #c");
  bob.settle();
  enters(bob, "bob");
}

TEST_F(JoinMode, InviteExceptionLetsInWithoutOne) {
  mode("+i");
  mode("+I bob!*@*");
  enters(bob, "bob");
  auto& carol = user("carol");
  carol.exchange("JOIN #c", {"473 carol #c :%"});
}

TEST_F(JoinMode, BanKeepsOutWhomItMatches) {
  mode("+b bob!*@*");
  bob.exchange("JOIN #c", {"474 bob #c :%"});
  auto& carol = user("carol");
  enters(carol, "carol");
}

TEST_F(JoinMode, BanComparesTheHostAndTheUserToo) {
  mode("+b *!*@127.0.0.1");
  bob.exchange("JOIN #c", {"474 bob #c :%"});
  alice.ask("MODE #c -b *!*@127.0.0.1");
  mode("+b *!*bob@*");
  bob.exchange("JOIN #c", {"474 bob #c :%"});
}

TEST_F(JoinMode, BanExceptionLetsInDespiteABan) {
  mode("+b *!*@*");
  mode("+e bob!*@*");
  enters(bob, "bob");
  auto& carol = user("carol");
  carol.exchange("JOIN #c", {"474 carol #c :%"});
}

TEST_F(JoinMode, BanExceptionIsNoneFromInviteOnlyKeyAndLimit) {
  mode("+e bob!*@*");
  mode("+i");
  bob.exchange("JOIN #c", {"473 bob #c :%"});
  alice.ask("MODE #c -i+k key");
  bob.exchange("JOIN #c", {"475 bob #c :%"});
  alice.ask("MODE #c -k+l key 1");
  bob.exchange("JOIN #c", {"471 bob #c :%"});
}

TEST_F(JoinMode, InviteExceptionIsNoneFromBanKeyAndLimit) {
  mode("+I bob!*@*");
  mode("+b bob!*@*");
  bob.exchange("JOIN #c", {"474 bob #c :%"});
  alice.ask("MODE #c -b+k bob!*@* key");
  bob.exchange("JOIN #c", {"475 bob #c :%"});
  alice.ask("MODE #c -k+l key 1");
  bob.exchange("JOIN #c", {"471 bob #c :%"});
}

TEST_F(JoinMode, MaskHasWildcards) {
  for (const std::string mask :
       {"b?b!*@*", "?ob!*@*", "*b!*@*", "*o*!*@*", "BOB!*@*", "b**b!*@127.*", "*!*@127.0.0.?"}) {
    mode("+b " + mask);
    bob.exchange("JOIN #c", {"474 bob #c :%"});
    alice.exchange("MODE #c -b " + mask, {":alice MODE #c -b " + mask});
  }
  for (const std::string mask : {"b?!*@*", "bob?!*@*", "b*c!*@*", "?!*@*", "*!*@127.0.0.1?"}) {
    mode("+b " + mask);
    enters(bob, "bob");
    bob.ask("PART #c");
    alice.ask("MODE #c -b " + mask);
  }
}

TEST_F(JoinMode, MaskTakesBracketsForTheSameLettersAsBraces) {
  bob.ask("NICK b[o]b");
  mode("+b B{O}B!*@*");
  bob.exchange("JOIN #c", {"474 b[o]b #c :%"});
}

// A mask that makes a naive matcher try every way to share the text among its stars.
TEST_F(JoinMode, MaskOfManyStarsTakesNoTime) {
  std::string mask;
  for (int i = 0; i < 60; ++i) mask += "*1";
  mode("+b *!*@" + mask + "x");
  enters(bob, "bob");
}

class Part : public ChatTest {};

TEST_F(Part, TellsEverybodyWithTheReason) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  bob.exchange("PART #c :see you", {":bob PART #c :see you"});
  alice.receives({":bob PART #c :see you"});
  alice.exchange("PRIVMSG #c :alone", {});
  bob.receives({});
}

TEST_F(Part, TakesAList) {
  auto& alice = user("alice");
  alice.ask("JOIN #a,#b");
  alice.exchange("PART #a,#nowhere,#b :bye", {":alice PART #a :bye", "403 alice #nowhere :%", ":alice PART #b :bye"});
}

TEST_F(Part, NeedsNoReason) {
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  alice.exchange("PART #c", {":alice PART #c"});
}

TEST_F(Part, NeedsAChannelThatOneIsOn) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  bob.exchange("PART #c", {"442 bob #c :%"});
  bob.exchange("PART #nowhere", {"403 bob #nowhere :%"});
  bob.exchange("PART", {"461 bob PART :%"});
}

TEST_F(Part, OfTheLastMemberEndsTheChannel) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  alice.ask("MODE #c +ik key");
  alice.ask("TOPIC #c :old");
  alice.exchange("PART #c", {":alice PART #c"});
  bob.exchange("JOIN #c", {":bob JOIN #c", "353 bob = #c @bob", "366 bob #c :%"});
}

TEST_F(Part, OfASecretChannelOneIsNotInSaysThereIsNone) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  alice.ask("MODE #c +s");
  bob.exchange("PART #c", {"403 bob #c :%"});
  bob.exchange("INVITE alice #c", {"403 bob #c :%"});
  bob.exchange("PRIVMSG #c :hello", {"401 bob #c :%"});
}

class Topic : public ChatTest {};

TEST_F(Topic, IsShownWithWhoSetItAndWhen) {
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  alice.exchange("TOPIC #c", {"331 alice #c :%"});
  alice.exchange("TOPIC #c :Tea at five", {":alice TOPIC #c :Tea at five"});
  const auto shown = alice.ask("TOPIC #c");
  ASSERT_EQ(shown.size(), 2);
  EXPECT_TRUE(matches(shown[0], "332 alice #c :Tea at five")) << shown[0].line;
  EXPECT_TRUE(matches(shown[1], "333 alice #c alice% %")) << shown[1].line;
  EXPECT_GT(std::stoll(shown[1].last()), 1'600'000'000);
}

TEST_F(Topic, IsToldToEveryMember) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  alice.exchange("TOPIC #c :Tea", {":alice TOPIC #c Tea"});
  bob.receives({":alice TOPIC #c Tea"});
}

TEST_F(Topic, IsClearedByAnEmptyOne) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  alice.ask("TOPIC #c :Tea");
  alice.exchange("TOPIC #c :", {":alice TOPIC #c :"});
  alice.exchange("TOPIC #c", {"331 alice #c :%"});
  bob.exchange("JOIN #c", {":bob JOIN #c", "353 ...", "366 ..."});
}

TEST_F(Topic, IsProtectedByModeT) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  alice.ask("MODE #c +t");
  bob.exchange("TOPIC #c :mine", {"482 bob #c :%"});
  alice.ask("MODE #c -t");
  bob.exchange("TOPIC #c :mine", {":bob TOPIC #c mine"});
}

TEST_F(Topic, IsChangedByMembersAlone) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  alice.ask("MODE #c -t");
  bob.exchange("TOPIC #c :mine", {"442 bob #c :%"});
  bob.exchange("TOPIC #nowhere", {"403 bob #nowhere :%"});
  bob.exchange("TOPIC #nowhere :x", {"403 bob #nowhere :%"});
  bob.exchange("TOPIC", {"461 bob TOPIC :%"});
}

TEST_F(Topic, OfASecretChannelIsHiddenFromOthers) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  alice.ask("TOPIC #c :secret tea");
  alice.ask("MODE #c +s");
  bob.exchange("TOPIC #c", {"403|442 bob #c :%"});
}

TEST_F(Topic, IsCutToItsLength) {
  serve("topic_length 10\n");
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  alice.exchange("TOPIC #c :0123456789abc", {":alice TOPIC #c 0123456789"});
}

class Names : public ChatTest {};

TEST_F(Names, ShowMembersWithTheirHighestPrefix) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& carol = user("carol");
  join("#c", {&alice, &bob, &carol});
  alice.ask("MODE #c +vv alice bob");
  std::istringstream names(carol.ask("NAMES #c").at(0).last());
  const std::set<std::string> shown{std::istream_iterator<std::string>(names), {}};
  EXPECT_EQ(shown, (std::set<std::string>{"@alice", "+bob", "carol"}));
}

TEST_F(Names, TakeAList) {
  auto& alice = user("alice");
  alice.ask("JOIN #a,#b");
  alice.exchange("NAMES #a,#b",
                 {"353 alice = #a @alice", "366 alice #a :%", "353 alice = #b @alice", "366 alice #b :%"});
}

TEST_F(Names, OfNoChannelAreJustTheirEnd) {
  auto& alice = user("alice");
  alice.exchange("NAMES #nowhere", {"366 alice #nowhere :%"});
  alice.exchange("NAMES bad", {"366 alice bad :%"});
}

TEST_F(Names, OfASecretChannelAreForItsMembers) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  alice.ask("JOIN #c");
  alice.ask("MODE #c +s");
  alice.exchange("NAMES #c", {"353 alice @ #c @alice", "366 alice #c :%"});
  bob.exchange("NAMES #c", {"366 bob #c :%"});
}

TEST_F(Names, DoNotShowInvisibleUsersToOthers) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  auto& carol = user("carol");
  join("#c", {&alice, &bob});
  bob.ask("MODE bob +i");
  carol.exchange("NAMES #c", {"353 carol = #c @alice", "366 carol #c :%"});
  EXPECT_NE(alice.ask("NAMES #c").at(0).last().find("bob"), std::string::npos);
}

TEST_F(Names, WithoutAChannelEnd) {
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  EXPECT_TRUE(matches(alice.ask("NAMES").back(), "366 alice * :%"));
}

TEST_F(Names, OfALargeChannelComeInLinesThatFit) {
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  std::set<std::string> expected{"@alice"};
  for (int i = 0; i < 40; ++i) {
    const auto nick = "a-rather-long-nickname-" + std::to_string(i);
    user(nick).ask("JOIN #c");
    expected.insert(nick);
  }
  std::set<std::string> shown;
  const auto lines = alice.ask("NAMES #c");
  ASSERT_GT(lines.size(), 3);
  EXPECT_TRUE(matches(lines.back(), "366 alice #c :%"));
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    EXPECT_TRUE(matches(lines[i], "353 alice = #c :%")) << lines[i].line;
    EXPECT_LE(lines[i].line.size(), 510);
    std::istringstream names(lines[i].last());
    shown.insert(std::istream_iterator<std::string>(names), {});
  }
  EXPECT_EQ(shown, expected);
}

}  // namespace
}  // namespace chat::test
