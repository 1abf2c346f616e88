// What a key may be, and how a line is cut into words.
#include "server.h"

namespace cache::test {
namespace {

using KeyTest = CacheTest;

constexpr auto* malformed_key = "CLIENT_ERROR bad command line format\r\n";

TEST_F(KeyTest, OfTwoHundredFiftyBytesIsTakenByEveryCommand) {
  const std::string key(250, 'k');
  EXPECT_EQ(ask("set " + key + " 0 0 1\r\n5\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("get " + key + "\r\n"), "VALUE " + key + " 0 1\r\n5\r\nEND\r\n");
  EXPECT_EQ(ask("gat 100 " + key + "\r\n"), "VALUE " + key + " 0 1\r\n5\r\nEND\r\n");
  EXPECT_EQ(ask("incr " + key + " 1\r\ndecr " + key + " 1\r\n"), "6\r\n5\r\n");
  EXPECT_EQ(ask("touch " + key + " 0\r\n"), "TOUCHED\r\n");
  EXPECT_EQ(ask("mg " + key + " v k\r\n"), "VA 1 k" + key + "\r\n5\r\n");
  EXPECT_EQ(ask("ms " + key + " 1 k\r\n7\r\n"), "HD k" + key + "\r\n");
  EXPECT_EQ(ask("ma " + key + " v\r\n"), "VA 1\r\n8\r\n");
  EXPECT_TRUE(ask("me " + key + "\r\n").starts_with("ME " + key + " exp=-1 "));
  EXPECT_EQ(ask("md " + key + "\r\n"), "HD\r\n");
  EXPECT_EQ(ask("delete " + key + "\r\n"), "NOT_FOUND\r\n");
}

TEST_F(KeyTest, OfOneByteMoreIsRefusedByEveryCommand) {
  const std::string key(251, 'k');
  for (const auto& line :
       {"get " + key, "gets " + key, "gat 0 " + key, "gats 0 " + key, "delete " + key, "delete " + key + " 0",
        "incr " + key + " 1", "decr " + key + " 1", "touch " + key + " 0", "mg " + key, "mg " + key + " v", "md " + key,
        "ma " + key, "me " + key, "ms " + key + " 1"}) {
    EXPECT_EQ(ask(line + "\r\n"), malformed_key) << line;
  }
  for (const std::string verb : {"set", "add", "replace", "append", "prepend"}) {
    EXPECT_EQ(ask(verb + " " + key + " 0 0 1\r\n"), malformed_key) << verb;
    EXPECT_EQ(ask(verb + " " + key + " 0 0 1 noreply\r\n"), "") << verb;
  }
  EXPECT_EQ(ask("cas " + key + " 0 0 1 1\r\n"), malformed_key);
  EXPECT_EQ(ask("incr " + key + " 1 noreply\r\ntouch " + key + " 0 noreply\r\n"), "");
}

// The block of a storage command with such a key is taken for commands.
TEST_F(KeyTest, TooLongLeavesTheBlockToBeReadAsCommands) {
  EXPECT_EQ(ask("set " + std::string(251, 'k') + " 0 0 5\r\nget a\r\n"), std::string(malformed_key) + "END\r\n");
}

TEST_F(KeyTest, TooLongAmongOthersFailsTheWholeGet) {
  EXPECT_EQ(ask("set a 0 0 1\r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("get a " + std::string(251, 'k') + "\r\n"), malformed_key);
  EXPECT_EQ(ask("get " + std::string(251, 'k') + " a\r\n"), malformed_key);
  EXPECT_EQ(ask("get a\r\n"), "VALUE a 0 1\r\nx\r\nEND\r\n");
}

TEST_F(KeyTest, AnyByteButSpaceLineFeedAndNulIsPartOfAKey) {
  std::string requests;
  std::string answers;
  for (int byte = 1; byte < 256; ++byte) {
    if (byte == ' ' || byte == '\n') continue;
    const auto key = std::string("a") + static_cast<char>(byte) + "b";
    const auto value = std::to_string(byte);
    const auto size = std::to_string(value.size());
    requests += "set " + key + " 0 0 " + size + "\r\n" + value + "\r\nget " + key + "\r\n";
    answers += "STORED\r\nVALUE " + key + " 0 " + size + "\r\n" + value + "\r\nEND\r\n";
  }
  EXPECT_EQ(ask(requests), answers);
}

TEST_F(KeyTest, ANulByteEndsTheLine) {
  using namespace std::string_literals;
  EXPECT_EQ(ask("set a 0 0 1\r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("get a\0b c\r\n"s), "VALUE a 0 1\r\nx\r\nEND\r\n");
  EXPECT_EQ(ask("set a\0b 0 0 1\r\n"s), "ERROR\r\n");
  EXPECT_EQ(ask("\0get a\r\n"s), "ERROR\r\n");
}

TEST_F(KeyTest, IsCaseSensitive) { EXPECT_EQ(ask("set key 0 0 1\r\nx\r\nget KEY Key\r\n"), "STORED\r\nEND\r\n"); }

TEST_F(KeyTest, SpacesBetweenBeforeAndAfterWordsDoNotMatter) {
  EXPECT_EQ(ask("  set   key 1  0 1  \r\nx\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("   get  none   key  \r\n"), "VALUE key 1 1\r\nx\r\nEND\r\n");
  EXPECT_EQ(ask("  mg  key   v  f \r\n"), "VA 1 f1\r\nx\r\n");
  EXPECT_EQ(ask("set key 1 0 1  noreply  \r\ny\r\n"), "");
  EXPECT_EQ(ask(" delete  key \r\n"), "DELETED\r\n");
}

TEST_F(KeyTest, ALineMayEndWithLineFeedAlone) {
  EXPECT_EQ(ask("set key 1 0 1\nx\r\nget key\n"), "STORED\r\nVALUE key 1 1\r\nx\r\nEND\r\n");
  EXPECT_EQ(ask("delete key\ndelete key\r\n"), "DELETED\r\nNOT_FOUND\r\n");
}

TEST_F(KeyTest, EmptyLinesAreErrors) {
  EXPECT_EQ(ask("\r\n"), "ERROR\r\n");
  EXPECT_EQ(ask("\n"), "ERROR\r\n");
  EXPECT_EQ(ask("   \r\n"), "ERROR\r\n");
}

}  // namespace
}  // namespace cache::test
