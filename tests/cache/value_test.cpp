// Values of every size and content, and getting in step again after one that is not what was announced.
#include "server.h"

namespace cache::test {
namespace {

using ValueTest = CacheTest;

std::string set(const std::string& key, std::string_view value, const std::string& noreply = "") {
  return "set " + key + " 0 0 " + std::to_string(value.size()) + noreply + "\r\n" + std::string(value) + "\r\n";
}

std::string hit(const std::string& key, std::string_view value) {
  return "VALUE " + key + " 0 " + std::to_string(value.size()) + "\r\n" + std::string(value) + "\r\nEND\r\n";
}

// Not the same anywhere near.
std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (auto& byte : text) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return text;
}

TEST_F(ValueTest, ComesBackAsItWasWhateverItsSize) {
  static constexpr std::size_t sizes[] = {0,     1,     2,     3,     99,     100,    101,    1000,   4096,
                                          16383, 16384, 65535, 65536, 100000, 524287, 524288, 524289, mebibyte - 1024};
  for (const auto size : sizes) {
    const auto value = pattern(size);
    EXPECT_EQ(ask(set("key", value)), "STORED\r\n") << size;
    EXPECT_TRUE(ask("get key\r\n") == hit("key", value)) << size;
  }
}

TEST_F(ValueTest, EverySizeUpToAFewHundredWorks) {
  std::string requests;
  std::string answers;
  for (std::size_t size = 0; size < 700; ++size) {
    const auto value = pattern(size);
    requests += set("key", value) + "get key\r\n";
    answers += "STORED\r\n" + hit("key", value);
  }
  EXPECT_TRUE(ask(requests) == answers);
}

TEST_F(ValueTest, MayHoldAnyByteLineEndsIncluded) {
  std::string value = "\r\nEND\r\nget other\r\n";
  for (int byte = 0; byte < 256; ++byte) value.push_back(static_cast<char>(byte));
  EXPECT_EQ(ask(set("key", value)), "STORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), hit("key", value));
}

TEST_F(ValueTest, TooLargeIsRefusedAndItsBlockSkipped) {
  for (const std::size_t size : {mebibyte, mebibyte + 1, 3 * mebibyte}) {
    EXPECT_EQ(ask(set("key", pattern(size))), "SERVER_ERROR object too large for cache\r\n") << size;
    EXPECT_EQ(ask("get key\r\n"), "END\r\n");
  }
  for (const std::string verb : {"add", "replace", "append", "prepend"}) {
    EXPECT_EQ(ask(verb + " key 0 0 2000000\r\n" + std::string(2'000'000, '\n') + "\r\n"),
              "SERVER_ERROR object too large for cache\r\n");
  }
  EXPECT_EQ(ask("cas key 0 0 2000000 1\r\n" + std::string(2'000'000, '\n') + "\r\n"),
            "SERVER_ERROR object too large for cache\r\n");
}

TEST_F(ValueTest, TooLargeByGigabytesIsSkippedWhileOthersAreServed) {
  client.send("set key 0 0 2147483645\r\n");
  client.send(std::string(8 * mebibyte, 'x'));
  EXPECT_EQ(Client(server.tcp()).ask("get key\r\n"), "END\r\n");
}

TEST_F(ValueTest, TooLargeWithNoreplyIsNotAnswered) {
  EXPECT_EQ(ask(set("key", pattern(2 * mebibyte), " noreply") + "get key\r\n"), "END\r\n");
}

TEST_F(ValueTest, ATooLargeSetTakesTheOldValueAwayTheOthersDoNot) {
  EXPECT_EQ(ask(set("key", "old") + set("key", pattern(2 * mebibyte)) + "get key\r\n"),
            "STORED\r\nSERVER_ERROR object too large for cache\r\nEND\r\n");
  EXPECT_EQ(ask(set("key", "old") + "replace key 0 0 2000000\r\n" + std::string(2'000'000, 'x') + "\r\nget key\r\n"),
            "STORED\r\nSERVER_ERROR object too large for cache\r\n" + hit("key", "old"));
}

TEST_F(ValueTest, AppendingPastTheLimitStoresNothing) {
  const auto value = pattern(700'000);
  EXPECT_EQ(ask(set("key", value)), "STORED\r\n");
  EXPECT_EQ(ask("append key 0 0 700000\r\n" + value + "\r\n"), "NOT_STORED\r\n");
  EXPECT_EQ(ask("prepend key 0 0 700000\r\n" + value + "\r\n"), "NOT_STORED\r\n");
  EXPECT_TRUE(ask("get key\r\n") == hit("key", value));
}

// Of a block that is longer than announced, the two bytes in the line end's place are taken and the rest is commands.
TEST_F(ValueTest, ABlockWithoutItsLineEndIsABadChunk) {
  static constexpr auto* bad = "CLIENT_ERROR bad data chunk\r\n";
  EXPECT_EQ(ask("set key 0 0 1\r\nxyz\r\n"), std::string(bad) + "ERROR\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\rzversion1\r\n"), std::string(bad) + "ERROR\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nxyzget key\r\n"), std::string(bad) + "END\r\n");
  EXPECT_EQ(ask("set key 0 0 0\r\nxxget key\r\n"), std::string(bad) + "END\r\n");
  EXPECT_EQ(ask("set key 0 0 5\r\nx\r\nget\n\r\n"), std::string(bad) + "ERROR\r\n");
  EXPECT_EQ(ask("get key\r\n"), "END\r\n");
}

TEST_F(ValueTest, ABadChunkLeavesTheOldValue) {
  EXPECT_EQ(ask(set("key", "old") + "set key 0 0 1\r\nxyzget key\r\n"),
            "STORED\r\nCLIENT_ERROR bad data chunk\r\n" + hit("key", "old"));
}

TEST_F(ValueTest, NoreplyHidesABadChunk) { EXPECT_EQ(ask("set key 0 0 1 noreply\r\nxyzget key\r\n"), "END\r\n"); }

TEST_F(ValueTest, ALargeBlockWithoutItsLineEndIsABadChunkToo) {
  EXPECT_EQ(ask("set key 0 0 300000\r\n" + std::string(300'000, 'x') + "yzget key\r\n"),
            "CLIENT_ERROR bad data chunk\r\nEND\r\n");
}

TEST_F(ValueTest, WhatAClientLeavesHalfSentIsNotStored) {
  Client leaver(server.tcp());
  leaver.send("set key 0 0 10\r\nhalf");
  leaver.finish();
  EXPECT_EQ(leaver.read_to_end(), "");
  EXPECT_EQ(ask("get key\r\n"), "END\r\n");
}

TEST_F(ValueTest, AnUnfinishedSetDoesNotHoldUpTheOldValueOrOthers) {
  EXPECT_EQ(ask(set("key", "old")), "STORED\r\n");
  Client slow(server.tcp());
  slow.send("set key 0 0 3\r\nne");
  EXPECT_EQ(ask("get key\r\n"), hit("key", "old"));
  EXPECT_EQ(slow.ask("w\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("get key\r\n"), hit("key", "new"));
}

}  // namespace
}  // namespace cache::test
