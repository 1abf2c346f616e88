// MODE of channels and of users.
#include <algorithm>

#include "chat_fixture.h"

namespace chat::test {
namespace {

class ChannelMode : public ChatTest {
 protected:
  ChannelMode() { join("#c", {&alice, &bob}); }

  // alice sets it, and both are told.
  void changes(const std::string& change, const std::string& told) {
    alice.exchange("MODE #c " + change, {":alice MODE #c " + told});
    bob.receives({":alice MODE #c " + told});
  }
  void changes(const std::string& change) { changes(change, change); }

  Client& alice = user("alice");
  Client& bob = user("bob");
};

TEST_F(ChannelMode, IsShownWithTheTimeOfTheChannel) {
  alice.ask("MODE #c -nt");
  alice.ask("MODE #c +ml 5");
  const auto shown = bob.ask("MODE #c");
  ASSERT_EQ(shown.size(), 2);
  EXPECT_TRUE(matches(shown[0], "324 bob #c +ml 5") || matches(shown[0], "324 bob #c +lm 5")) << shown[0].line;
  EXPECT_TRUE(matches(shown[1], "329 bob #c %")) << shown[1].line;
  EXPECT_GT(std::stoll(shown[1].last()), 1'600'000'000);
}

TEST_F(ChannelMode, ShowsTheKeyToMembersAlone) {
  auto& carol = user("carol");
  alice.ask("MODE #c -nt");
  alice.ask("MODE #c +k sesame");
  EXPECT_TRUE(matches(alice.ask("MODE #c").at(0), "324 alice #c +k sesame"));
  EXPECT_EQ(carol.ask("MODE #c").at(0).line.find("sesame"), std::string::npos);
}

TEST_F(ChannelMode, HasFlagsThatGoOnAndOff) {
  alice.ask("MODE #c -imnst");
  bob.settle();
  for (const std::string flag : {"i", "m", "n", "s", "t"}) {
    changes("+" + flag);
    EXPECT_TRUE(matches(alice.ask("MODE #c").at(0), "324 alice #c +" + flag));
    alice.exchange("MODE #c +" + flag, {});
    changes("-" + flag);
    alice.exchange("MODE #c -" + flag, {});
  }
}

TEST_F(ChannelMode, TakesSeveralChangesInALine) {
  alice.ask("MODE #c +i-nt");
  bob.settle();
  changes("+s-i+kl key 7");
  const auto shown = alice.ask("MODE #c").at(0);
  auto letters = shown.params.at(2);
  std::sort(letters.begin(), letters.end());
  EXPECT_EQ(letters, "+kls") << shown.line;
}

TEST_F(ChannelMode, WithoutASignSets) { changes("m", "+m"); }

TEST_F(ChannelMode, GivesAndTakesOperatorAndVoice) {
  changes("+o bob");
  alice.ask("MODE #c -o alice");
  bob.settle();
  bob.exchange("MODE #c +v alice", {":bob MODE #c +v alice"});
  alice.receives({":bob MODE #c +v alice"});
  bob.exchange("MODE #c -v ALICE", {":bob MODE #c -v alice"});
}

TEST_F(ChannelMode, IsForOperators) {
  bob.exchange("MODE #c +m", {"482 bob #c :%"});
  bob.exchange("MODE #c +o bob", {"482 bob #c :%"});
  bob.exchange("MODE #c +b x!*@*", {"482 bob #c :%"});
  auto& carol = user("carol");
  carol.exchange("MODE #c +m", {"442|482 carol #c :%"});
  alice.receives({});
}

TEST_F(ChannelMode, NamesWhatIsMissing) {
  user("carol");
  alice.exchange("MODE", {"461 alice MODE :%"});
  alice.exchange("MODE #nowhere", {"403 alice #nowhere :%"});
  alice.exchange("MODE #nowhere +m", {"403 alice #nowhere :%"});
  alice.exchange("MODE #c +o nobody", {"401 alice nobody :%"});
  alice.exchange("MODE #c +o carol", {"441 alice carol #c :%"});
  alice.exchange("MODE #c +v carol", {"441 alice carol #c :%"});
}

TEST_F(ChannelMode, NamesAnUnknownLetterAndDoesTheOthers) {
  alice.exchange("MODE #c +Xm", {"472 alice X :%", ":alice MODE #c +m"});
  bob.receives({":alice MODE #c +m"});
}

TEST_F(ChannelMode, IgnoresAKeyALimitOrAMemberThatIsMissing) {
  for (const std::string change : {"+k", "+l", "+o", "+v"}) {
    for (const auto& reply : alice.ask("MODE #c " + change))
      EXPECT_TRUE(matches(reply, "461|696 alice ...")) << reply.line;
  }
  bob.receives({});
}

TEST_F(ChannelMode, RefusesALimitThatIsNoCount) {
  alice.ask("MODE #c -nt");
  for (const std::string limit : {"0", "-1", "many", "5x", "99999999999999999999"}) {
    alice.exchange("MODE #c +l " + limit, {"696 alice #c l " + limit + " :%"});
    EXPECT_TRUE(matches(alice.ask("MODE #c").at(0), "324 alice #c +"));
  }
}

TEST_F(ChannelMode, ChangesALimit) {
  changes("+l 5");
  changes("+l 6");
  alice.exchange("MODE #c +l 6", {});
  changes("-l");
}

TEST_F(ChannelMode, RefusesAKeyThatJoinCouldNotSay) {
  alice.ask("MODE #c -nt");
  for (const std::string key : {"a,b", ":a b", ":"}) {
    alice.exchange("MODE #c +k " + key, {"525|696 alice #c ..."});
    EXPECT_TRUE(matches(alice.ask("MODE #c").at(0), "324 alice #c +"));
  }
}

TEST_F(ChannelMode, TakesAKeyAwayWithAnyParameter) {
  alice.ask("MODE #c +k sesame");
  bob.settle();
  alice.exchange("MODE #c -k sesame", {":alice MODE #c -k ..."});
  bob.receives({":alice MODE #c -k ..."});
  auto& carol = user("carol");
  carol.exchange("JOIN #c", {":carol JOIN #c", "353 ...", "366 ..."});
}

TEST_F(ChannelMode, HoldsTheLinesVariableModesToTheNumberItAdvertises) {
  std::string letters = "+";
  std::string masks;
  for (int i = 0; i < 30; ++i) {
    letters += "b";
    masks += " m" + std::to_string(i) + "!*@*";
  }
  alice.ask("MODE #c " + letters + masks);
  const auto set = alice.ask("MODE #c b").size() - 1;
  EXPECT_GE(set, 3);
  EXPECT_LT(set, 30);
}

struct List {
  char letter;
  std::string entry;
  std::string end;
};

class ChannelModeList : public ChannelMode, public testing::WithParamInterface<List> {
 protected:
  std::string letter = std::string(1, GetParam().letter);
};

TEST_P(ChannelModeList, ShowsItsMasksWithWhoSetThemAndWhen) {
  alice.exchange("MODE #c +" + letter, {GetParam().end + " alice #c :%"});
  changes("+" + letter + " bad!*@*");
  changes("+" + letter + " *!*@worse.example");
  for (auto* client : {&alice, &bob}) {
    auto shown = client->ask("MODE #c " + letter);
    ASSERT_EQ(shown.size(), 3);
    for (auto& line : shown) line.params.erase(line.params.begin());
    std::sort(shown.begin(), shown.begin() + 2, [](auto& a, auto& b) { return a.params[1] > b.params[1]; });
    EXPECT_TRUE(matches(shown[0], GetParam().entry + " #c bad!*@* alice% 1%")) << shown[0].line;
    EXPECT_TRUE(matches(shown[1], GetParam().entry + " #c *!*@worse.example alice% 1%")) << shown[1].line;
    EXPECT_TRUE(matches(shown[2], GetParam().end + " #c :%")) << shown[2].line;
  }
}

TEST_P(ChannelModeList, MakesAWholeMaskOfAPart) {
  changes("+" + letter + " bad", "+" + letter + " bad!*@*");
  changes("+" + letter + " *@host.example", "+" + letter + " *!*@host.example");
  changes("+" + letter + " nick!user", "+" + letter + " nick!user@*");
}

TEST_P(ChannelModeList, HoldsAMaskOnce) {
  changes("+" + letter + " bad!*@*");
  alice.exchange("MODE #c +" + letter + " BAD!*@*", {});
  alice.exchange("MODE #c -" + letter + " other!*@*", {});
  changes("-" + letter + " BAD!*@*", "-" + letter + " bad!*@*");
  alice.exchange("MODE #c " + letter, {GetParam().end + " alice #c :%"});
}

INSTANTIATE_TEST_SUITE_P(, ChannelModeList,
                         testing::Values(List{'b', "367", "368"}, List{'e', "348", "349"}, List{'I', "346", "347"}),
                         [](const auto& test) {
                           return test.param.letter == 'b'   ? "Bans"
                                  : test.param.letter == 'e' ? "Exceptions"
                                                             : "InviteExceptions";
                         });

class ChannelModeListLength : public ChatTest {};

TEST_F(ChannelModeListLength, IsLimited) {
  serve("list_entries 3\n");
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  for (const std::string mask : {"a!*@*", "b!*@*", "c!*@*"}) alice.ask("MODE #c +b " + mask);
  alice.exchange("MODE #c +b d!*@*", {"478 alice #c ..."});
  EXPECT_EQ(alice.ask("MODE #c b").size(), 4);
}

TEST_F(ChannelModeListLength, OfAllChannelsTogetherLeavesTenForEach) {
  serve("all_list_entries 3\n");
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  alice.ask("JOIN #d");
  const auto ban = [&](const std::string& channel, int number) {
    return alice.ask("MODE " + channel + " +b m" + std::to_string(number) + "!*@*").at(0).command;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ban("#c", i), "MODE");
  EXPECT_EQ(ban("#c", 10), "478");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ban("#d", i), "MODE");
  EXPECT_EQ(ban("#d", 10), "478");
  // What goes with its channel, or is taken off, is not counted any more.
  alice.ask("PART #d");
  for (int i = 0; i < 8; ++i) alice.ask("MODE #c -b m" + std::to_string(i) + "!*@*");
  alice.ask("JOIN #e");
  for (int i = 0; i < 11; ++i) ban("#e", i);
  EXPECT_EQ(alice.ask("MODE #e b").size(), 11);  // 10, and the end
}

class SpeakingMode : public ChannelMode {
 protected:
  void is_heard(Client& client, const std::string& nick) {
    client.exchange("PRIVMSG #c :hello", {});
    alice.receives({":" + nick + " PRIVMSG #c :hello"});
  }
  void is_not_heard(Client& client, const std::string& nick) {
    client.exchange("PRIVMSG #c :hello", {"404 " + nick + " #c :%"});
    client.exchange("NOTICE #c :hello", {});
    alice.receives({});
  }
};

TEST_F(SpeakingMode, ModeratedLetsVoicesAndOperatorsSpeak) {
  alice.ask("MODE #c +m");
  bob.settle();
  is_not_heard(bob, "bob");
  alice.ask("MODE #c +v bob");
  is_heard(bob, "bob");
  alice.ask("MODE #c -v+o bob bob");
  is_heard(bob, "bob");
}

TEST_F(SpeakingMode, NoExternalMessagesLetsMembersSpeak) {
  auto& carol = user("carol");
  alice.ask("MODE #c +n");
  is_not_heard(carol, "carol");
  is_heard(bob, "bob");
  alice.ask("MODE #c -n");
  is_heard(carol, "carol");
}

TEST_F(SpeakingMode, BanSilencesMembersWithoutVoice) {
  alice.ask("MODE #c +b bob!*@*");
  bob.settle();
  is_not_heard(bob, "bob");
  alice.ask("MODE #c +v bob");
  is_heard(bob, "bob");
}

TEST_F(SpeakingMode, BanExceptionLetsSpeak) {
  alice.ask("MODE #c +b *!*@*");
  alice.ask("MODE #c +e bob!*@*");
  is_heard(bob, "bob");
}

TEST_F(SpeakingMode, BanSilencesStrangersWhereTheyCouldSpeak) {
  auto& carol = user("carol");
  alice.ask("MODE #c -n+b carol!*@*");
  is_not_heard(carol, "carol");
}

class UserMode : public ChatTest {
 protected:
  Client& alice = user("alice");
};

TEST_F(UserMode, IsShown) {
  alice.exchange("MODE alice", {"221 alice +"});
  alice.ask("MODE alice +i");
  alice.exchange("MODE alice", {"221 alice +i"});
}

TEST_F(UserMode, IsSetAndTakenAway) {
  alice.exchange("MODE alice +iw", {":alice MODE alice +iw"});
  alice.exchange("MODE alice +i", {});
  alice.exchange("MODE ALICE -w+s", {":alice MODE alice -w"});
  const auto shown = alice.ask("MODE alice").at(0).last();
  EXPECT_NE(shown.find('i'), std::string::npos) << shown;
  EXPECT_EQ(shown.find('s'), std::string::npos) << "server notices are for operators: " << shown;
  EXPECT_EQ(shown.find('w'), std::string::npos) << shown;
}

TEST_F(UserMode, MakesNobodyAnOperator) {
  alice.exchange("MODE alice +o", {});
  alice.exchange("MODE alice", {"221 alice +"});
  alice.exchange("KILL alice :x", {"481 alice :%"});
}

TEST_F(UserMode, IsEverybodysOwn) {
  user("bob");
  alice.exchange("MODE bob", {"502 alice :%"});
  alice.exchange("MODE bob +i", {"502 alice :%"});
  alice.exchange("MODE nobody", {"401 alice nobody :%"});
}

TEST_F(UserMode, DoesTheKnownLettersAndTellsOfUnknownOnes) {
  const auto replies = alice.ask("MODE alice +Xi");
  ASSERT_EQ(replies.size(), 2);
  EXPECT_TRUE((matches(replies[0], ":alice MODE alice +i") && matches(replies[1], "501 alice :%")) ||
              (matches(replies[1], ":alice MODE alice +i") && matches(replies[0], "501 alice :%")))
      << replies[0].line;
}

}  // namespace
}  // namespace chat::test
