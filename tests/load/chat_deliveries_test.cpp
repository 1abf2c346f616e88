#include <gtest/gtest.h>
#include <tools/load/chat/deliveries.h>
#include <tools/load/chat/message_text.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace load::chat {
namespace {

using namespace std::chrono_literals;

const eddy::TimePoint start{1h};

TEST(MessageText, HasTheSizeAskedForAndOnlyPrintableBytes) {
  for (const std::size_t size : {30U, 31U, 38U, 39U, 400U}) {
    MessageText text(1, size);
    const std::string first(text.write(0, start));
    EXPECT_EQ(first.size(), size);
    EXPECT_TRUE(std::all_of(first.begin(), first.end(), [](unsigned char c) { return std::isprint(c) != 0; }));
    EXPECT_EQ(text.number_of(first), 0U);
  }
}

TEST(MessageText, DiffersByNumberTimeAndSeed) {
  MessageText text(1, 100);
  MessageText other(2, 100);
  const std::set<std::string> texts{std::string(text.write(1, start)), std::string(text.write(2, start)),
                                    std::string(text.write(1, start + 1ns)), std::string(other.write(1, start))};
  EXPECT_EQ(texts.size(), 4U);
  // Beyond number and time: by number and seed alone.
  std::set<std::string> fillers;
  for (const auto& each : texts) fillers.insert(each.substr(MessageText::header_size));
  EXPECT_EQ(fillers.size(), 3U);
}

TEST(MessageText, NoChangedByteOfTheFillerIsTakenForAMessage) {
  MessageText text(1, 60);
  const std::string right(text.write(77, start));
  EXPECT_EQ(text.number_of(right), 77U);
  for (std::size_t i = 0; i < right.size(); ++i) {
    auto changed = right;
    changed[i] = changed[i] == '~' ? '!' : '~';
    EXPECT_FALSE(text.number_of(changed)) << i;
  }
  EXPECT_FALSE(text.number_of(right.substr(0, 59)));
  EXPECT_FALSE(text.number_of(right + "x"));
}

class DeliveriesTest : public testing::Test {
 protected:
  void say(eddy::TimePoint now = start) {
    MessageText text(settings.seed, settings.size);
    texts.emplace_back(text.write(results.sent, now));
    deliveries.said(texts.back(), now, now);
  }
  void hear(std::size_t receiver, std::size_t message) { deliveries.heard(receiver, texts[message], start + 1s); }

  const Settings settings{};
  Results results;
  std::vector<std::string> texts;
  Deliveries deliveries{settings, results, 3};
};

TEST_F(DeliveriesTest, AMessageIsOutstandingUntilTheLastReceiverHasIt) {
  say();
  hear(0, 0);
  hear(2, 0);
  EXPECT_EQ(deliveries.outstanding(), 1U);
  EXPECT_EQ(results.complete.count(), 0U);
  hear(1, 0);
  EXPECT_EQ(deliveries.outstanding(), 0U);
  EXPECT_EQ(results.complete.count(), 1U);
  EXPECT_EQ(results.done, 3U);
}

TEST_F(DeliveriesTest, WhatAGoneReceiverHasNotGotIsLostAndNobodyWaitsForIt) {
  for (int i = 0; i < 4; ++i) say();
  hear(1, 0);
  hear(1, 2);  // 1 is passed over
  deliveries.gone(1);
  deliveries.gone(1);
  EXPECT_EQ(results.lost, 2U);
  hear(1, 3);
  EXPECT_EQ(results.done, 2U);
  for (const std::size_t receiver : {0U, 2U}) {
    for (std::size_t message = 0; message < 4; ++message) hear(receiver, message);
  }
  EXPECT_EQ(deliveries.outstanding(), 0U);
  say();
  EXPECT_EQ(results.expected, 3U * 4 + 2);
}

TEST_F(DeliveriesTest, OverdueAreSilentReceiversAndLostAreLinesPassedOver) {
  say(start);
  say(start + 1s);
  hear(0, 0);
  hear(0, 1);
  hear(1, 1);
  EXPECT_TRUE(deliveries.overdue(start - 1ns).empty());
  EXPECT_EQ(deliveries.overdue(start), std::vector<std::size_t>{2});
  EXPECT_EQ(results.lost, 1U);
  deliveries.gone(2);
  EXPECT_EQ(results.lost, 3U);
  EXPECT_TRUE(deliveries.overdue(start + 1s).empty());
  EXPECT_EQ(deliveries.outstanding(), 0U);
}

TEST_F(DeliveriesTest, ALineThatWasNeverSaidIsWrong) {
  deliveries.heard(0, "hello", start);
  EXPECT_EQ(results.wrong, 1U);
  ASSERT_EQ(results.corruptions.size(), 1U);
  EXPECT_FALSE(results.corruptions[0].sequence);
  EXPECT_EQ(results.corruptions[0].got, 'h');
}

// Against sets: each receiver hears the messages in any order, some twice and some never.
TEST_F(DeliveriesTest, AnyOrderIsAccountedForExactly) {
  std::mt19937 random(5);
  constexpr std::size_t messages = 200;
  for (std::size_t i = 0; i < messages; ++i) say();
  std::uint64_t done = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  for (std::size_t receiver = 0; receiver < 3; ++receiver) {
    std::vector<std::size_t> lines(messages);
    for (std::size_t i = 0; i < messages; ++i) lines[i] = random() % messages;
    std::set<std::size_t> heard;
    for (const auto line : lines) {
      hear(receiver, line);
      if (!heard.empty() && heard.count(line) == 0 && *heard.rbegin() > line) ++reordered;
      heard.insert(line).second ? ++done : ++duplicated;
    }
  }
  EXPECT_EQ(results.done, done);
  EXPECT_EQ(results.duplicated, duplicated);
  EXPECT_EQ(results.reordered, reordered);
  for (std::size_t receiver = 0; receiver < 3; ++receiver) deliveries.gone(receiver);
  EXPECT_EQ(results.lost, 3 * messages - done);
  EXPECT_EQ(deliveries.outstanding(), 0U);
}

}  // namespace
}  // namespace load::chat
