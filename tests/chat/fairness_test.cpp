// What one host's clients ask for is put off when it costs much, and nothing of it is lost or done out of order.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "chat_fixture.h"

namespace chat::test {
namespace {

// All clients are one host, and flood control holds nobody back.
class Fairness : public ChatTest {
 protected:
  Fairness() {
    serve(
        "unlimited none\nclients_per_host 1000\nunregistered_per_host 1000\nconnects_per_minute 10000\n"
        "flood_burst 100000\nflood_rate 100000\n");
  }

  void make_channels(int count) {
    for (int i = 0; i < count; i += 40) {
      auto& maker = user("maker" + std::to_string(i));
      for (int k = i; k < i + 40; ++k) maker.send("JOIN #channel" + std::to_string(k));
      maker.settle();
    }
  }
};

TEST_F(Fairness, WhatIsPutOffIsDoneInItsOrder) {
  make_channels(800);
  std::vector<Client*> askers;
  for (int i = 0; i < 20; ++i) askers.push_back(&user("asker" + std::to_string(i)));
  const std::string masks = "*?a?????????????????????x,*?b????????????????????x,#channel1*";
  for (auto* asker : askers) {
    asker->send_bytes("PING before\r\nLIST " + masks + "\r\nPING between\r\nLIST\r\nPING after\r\n");
  }
  for (auto* asker : askers) {
    asker->expect("PONG irc.test before");
    asker->expect("321 ...");
    asker->expect("323 ...");
    asker->expect("PONG irc.test between");
    asker->expect("323 ...");
    asker->expect("PONG irc.test after");
  }
}

TEST_F(Fairness, ClientThatLeavesWhileItsWorkIsPutOffTakesItAlong) {
  make_channels(800);
  for (int i = 0; i < 20; ++i) {
    auto& asker = user("asker" + std::to_string(i));
    asker.send_bytes("LIST *?a????????????????????x\r\nLIST\r\nLIST\r\n");
    if (i % 2 == 0) asker.reset();
  }
  user("alice").exchange("PING still", {"PONG irc.test still"});
}

TEST_F(Fairness, LabelOfAPutOffCommandIsThatOfItsAnswer) {
  make_channels(800);
  std::vector<Client*> askers;
  for (int i = 0; i < 20; ++i) askers.push_back(&user("asker" + std::to_string(i), "labeled-response batch"));
  for (auto* asker : askers) asker->send_bytes("LIST\r\n@label=one PING x\r\n@label=two JOIN #a,#b\r\nPING end\r\n");
  for (auto* asker : askers) {
    asker->expect("323 ...");
    asker->expect("@label=one PONG irc.test x");
    asker->expect("@label=two BATCH ...");
    asker->expect("PONG irc.test end");
  }
}

TEST_F(Fairness, DeparturesOfManyAtOnceAreAllToldToAllWhoStay) {
  constexpr std::size_t count = 100;
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  std::vector<Client*> leaving;
  for (std::size_t i = 0; i < count; ++i) {
    leaving.push_back(&user("leaver" + std::to_string(i)));
    leaving.back()->send("JOIN #c");
    leaving.back()->expect("366 ...");
  }
  alice.settle();
  bob.settle();
  for (std::size_t i = 0; i < count; ++i) i % 2 == 0 ? leaving[i]->reset() : leaving[i]->close();
  for (auto* stays : {&alice, &bob}) {
    std::set<std::string> gone;
    for (std::size_t i = 0; i < count; ++i) {
      const auto line = stays->next();
      ASSERT_EQ(line.command, "QUIT") << line.line;
      EXPECT_TRUE(gone.insert(line.source).second) << line.line;
    }
  }
  alice.exchange("NICK leaver7", {":alice NICK leaver7"});
}

class Targets : public ChatTest {};

TEST_F(Targets, ThatComeTwiceCountOnce) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  bob.settle();
  alice.exchange("PRIVMSG #c,#C,bob,BOB,#c :once", {});
  bob.receives({":alice PRIVMSG #c once", ":alice PRIVMSG bob once"});
  alice.ask("JOIN #d,#D,#d");
  alice.exchange("PART #d,#D", {":alice PART #d"});
}

TEST_F(Targets, OfJoinAndPartAreAsManyAsTheServerSays) {
  serve("channels_per_client 3\n");
  auto& alice = user("alice");
  const auto lines = alice.ask("JOIN #a,#A,#b,#c,#d,#e");
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back().command, "407");
  EXPECT_EQ(lines.back().params[1], "#d");
  alice.exchange("PART #a,#b,#c,#d", {":alice PART #a", ":alice PART #b", ":alice PART #c", "407 alice #d :%"});
}

class Bans : public ChatTest {};

TEST_F(Bans, AreJudgedAnewWhenAListOrANameChanges) {
  auto& alice = user("alice");
  auto& bob = user("bob");
  join("#c", {&alice, &bob});
  const auto may_speak = [&](const std::string& nick) {
    bob.ask("PRIVMSG #c :may I");
    alice.settle();
    const auto answer = bob.ask("PRIVMSG #c :may I");
    alice.settle();
    EXPECT_TRUE(answer.empty() || answer[0].command == "404") << nick;
    return answer.empty();
  };
  EXPECT_TRUE(may_speak("bob"));
  alice.ask("MODE #c +b bob!*@*");
  bob.settle();
  EXPECT_FALSE(may_speak("bob"));
  alice.ask("MODE #c +e *!*bob@*");
  bob.settle();
  EXPECT_TRUE(may_speak("bob"));
  alice.ask("MODE #c -e *!*bob@*");
  bob.settle();
  EXPECT_FALSE(may_speak("bob"));
  bob.ask("NICK bobby");
  alice.settle();
  EXPECT_TRUE(may_speak("bobby"));
  bob.ask("NICK bob");
  alice.settle();
  EXPECT_FALSE(may_speak("bob"));
  alice.ask("MODE #c -b bob!*@*");
  bob.settle();
  EXPECT_TRUE(may_speak("bob"));
}

}  // namespace
}  // namespace chat::test
