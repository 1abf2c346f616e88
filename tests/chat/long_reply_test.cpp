// Replies that are written in parts: LIST, WHO, NAMES and lists of masks.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "chat_fixture.h"

namespace chat::test {
namespace {

class LongReply : public ChatTest {
 protected:
  // All into #c, with names of 20 letters.
  std::set<std::string> crowd(int size) {
    std::set<std::string> nicks;
    for (int i = 0; i < size; ++i) {
      const auto nick = "member" + std::string(14 - std::to_string(i).size(), 'x') + std::to_string(i);
      auto& member = user(nick);
      member.send("JOIN #c");
      member.settle();
      nicks.insert(nick);
    }
    return nicks;
  }
  static std::set<std::string> names_in(const std::vector<Message>& lines) {
    std::set<std::string> names;
    for (const auto& line : lines) {
      if (line.command != "353") continue;
      std::istringstream all(line.last());
      for (std::string name; all >> name;) names.insert(name.substr(name.find_first_not_of("@+")));
    }
    return names;
  }
};

TEST_F(LongReply, EachListOfMasksIsShownOnceHoweverOftenItIsAskedFor) {
  auto& alice = user("alice");
  alice.ask("JOIN #c");
  alice.ask("MODE #c +bb x!*@* y!*@*");
  alice.exchange("MODE #c bbb+bebb",
                 {"367 alice #c x!*@* alice %", "367 alice #c y!*@* alice %", "368 alice #c :%", "349 alice #c :%"});
}

TEST_F(LongReply, NamesOfMoreMembersThanFitIntoTheSendQueueAreAllThere) {
  serve("send_queue 4k\n");
  const auto nicks = crowd(300);
  auto& reader = user("reader");
  const auto names = names_in(reader.ask("JOIN #c"));
  EXPECT_TRUE(std::includes(names.begin(), names.end(), nicks.begin(), nicks.end()));
  EXPECT_EQ(names.size(), 301U);
  EXPECT_EQ(names_in(reader.ask("NAMES #c")).size(), 301U);
}

TEST_F(LongReply, JoiningSeveralChannelsTellsTheNamesOfEach) {
  serve("send_queue 4k\n");
  crowd(120);
  auto& reader = user("reader");
  const auto lines = reader.ask("JOIN #c,#d,#e");
  for (const auto* channel : {"#c", "#d", "#e"}) {
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [&](const Message& line) { return line.command == "366" && line.params[1] == channel; }),
              1)
        << channel;
  }
  EXPECT_EQ(names_in(lines).size(), 121U);
}

TEST_F(LongReply, WhoLooksAtEverybodyThoughTheyAreMoreThanOneTurnTakes) {
  crowd(150);
  auto& reader = user("reader");
  const auto lines = reader.ask("WHO member*");
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const Message& line) { return line.command == "352"; }), 150);
  EXPECT_EQ(lines.back().command, "315");
}

TEST_F(LongReply, ToALabelledCommandIsOneBatch) {
  serve("send_queue 16k\n");
  auto& maker = user("maker");
  for (int i = 0; i < 50; ++i) {
    const auto channel = "#" + std::to_string(i);
    maker.send("JOIN " + channel);
    maker.send("TOPIC " + channel + " :" + std::string(300, 't'));
    maker.settle();
  }
  auto& reader = user("reader", "batch labeled-response");
  auto lines = reader.ask("@label=l1 LIST");
  ASSERT_EQ(lines.size(), 54U);  // 321, 50 x 322, 323, and the batch around them
  EXPECT_EQ(lines.front().command, "BATCH");
  EXPECT_NE(lines.front().line.find("label=l1"), std::string::npos);
  EXPECT_EQ(lines.back().command, "BATCH");
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    EXPECT_NE(lines[i].line.find("batch="), std::string::npos) << lines[i].line;
  }
}

}  // namespace
}  // namespace chat::test
