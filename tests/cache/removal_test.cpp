// delete.
#include "server.h"

namespace cache::test {
namespace {

using RemovalTest = CacheTest;

TEST_F(RemovalTest, DeleteTakesAnItemAway) {
  EXPECT_EQ(ask("delete key\r\n"), "NOT_FOUND\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\ndelete key\r\nget key\r\ndelete key\r\n"),
            "STORED\r\nDELETED\r\nEND\r\nNOT_FOUND\r\n");
}

TEST_F(RemovalTest, DeleteWithNoreplyIsSilent) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\ndelete key noreply\r\ndelete key noreply\r\nget key\r\n"), "STORED\r\nEND\r\n");
}

TEST_F(RemovalTest, TheTimeOfOldClientsMayOnlyBeZero) {
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\ndelete key 0\r\n"), "STORED\r\nDELETED\r\n");
  EXPECT_EQ(ask("set key 0 0 1\r\nx\r\ndelete key 0 noreply\r\nget key\r\n"), "STORED\r\nEND\r\n");
  static constexpr auto* usage = "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n";
  EXPECT_EQ(ask("delete key 5\r\n"), usage);
  EXPECT_EQ(ask("delete key soon\r\n"), usage);
  EXPECT_EQ(ask("delete key 0 1\r\n"), usage);
  EXPECT_EQ(ask("delete key 5 noreply\r\n"), "");
}

TEST_F(RemovalTest, AnotherNumberOfWordsIsAnError) {
  EXPECT_EQ(ask("delete\r\n"), "ERROR\r\n");
  EXPECT_EQ(ask("delete key 0 noreply more\r\n"), "ERROR\r\n");
}

TEST_F(RemovalTest, TheRoomOfDeletedItemsIsUsedAgain) {
  const std::string value(1000, 'x');
  for (int round = 0; round < 20; ++round) {
    std::string requests;
    for (int i = 0; i < 1000; ++i) {
      requests += "set key" + std::to_string(i) + " 0 0 1000 noreply\r\n" + value + "\r\n";
    }
    for (int i = 0; i < 1000; ++i) requests += "delete key" + std::to_string(i) + " noreply\r\n";
    EXPECT_EQ(ask(requests), "");
  }
  EXPECT_EQ(statistic("curr_items"), 0U);
  EXPECT_EQ(statistic("evictions"), 0U);
}

}  // namespace
}  // namespace cache::test
