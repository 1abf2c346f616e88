// When items end by themselves: expiry times of every form, touch, and flush_all with and without a delay.
//
// The clock of the protocol ticks in seconds: an item of N seconds lives N-1 at the least.
#include "server.h"

#include <ctime>

namespace cache::test {
namespace {

using ExpiryTest = CacheTest;

constexpr int thirty_days = 60 * 60 * 24 * 30;

std::string set(const std::string& key, long long expiry) {
  return "set " + key + " 0 " + std::to_string(expiry) + " 1\r\nx\r\n";
}

TEST_F(ExpiryTest, ZeroIsForever) { EXPECT_EQ(ask(set("key", 0) + "mg key t\r\n"), "STORED\r\nHD t-1\r\n"); }

TEST_F(ExpiryTest, ANumberOfSecondsEndsTheItemWhenTheyHavePassed) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(set("key", 2) + "get key\r\n"), "STORED\r\nVALUE key 0 1\r\nx\r\nEND\r\n");
  EXPECT_TRUE(eventually([&] { return ask("get key\r\n") == "END\r\n"; }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(900));
  EXPECT_EQ(ask("add key 0 0 1\r\ny\r\n"), "STORED\r\n");
}

TEST_F(ExpiryTest, MoreThanThirtyDaysIsATimeOfTheCalendar) {
  EXPECT_EQ(ask(set("key", std::time(nullptr) + 3) + "get key\r\n"), "STORED\r\nVALUE key 0 1\r\nx\r\nEND\r\n");
  EXPECT_TRUE(eventually([&] { return ask("get key\r\n") == "END\r\n"; }));
  EXPECT_EQ(ask(set("key", std::time(nullptr) + 1000)), "STORED\r\n");
  const auto ttl = flag_value(ask("mg key t\r\n"), 't');
  EXPECT_GE(ttl, 990);
  EXPECT_LE(ttl, 1001);
}

TEST_F(ExpiryTest, ThirtyDaysIsTheMostThatIsRelative) {
  EXPECT_EQ(ask(set("key", thirty_days)), "STORED\r\n");
  const auto ttl = flag_value(ask("mg key t\r\n"), 't');
  EXPECT_GE(ttl, thirty_days - 10);
  EXPECT_LE(ttl, thirty_days);
  EXPECT_EQ(ask(set("key", thirty_days + 1) + "get key\r\n"), "STORED\r\nEND\r\n");
}

TEST_F(ExpiryTest, ATimeThatHasPassedEndsTheItemAtOnce) {
  EXPECT_EQ(ask(set("key", std::time(nullptr) - 1000) + "get key\r\n"), "STORED\r\nEND\r\n");
  EXPECT_EQ(ask(set("key", -1) + "get key\r\n"), "STORED\r\nEND\r\n");
  EXPECT_EQ(ask(set("key", -2147483648LL) + "get key\r\n"), "STORED\r\nEND\r\n");
}

TEST_F(ExpiryTest, AnExpiredItemIsThereForNoCommand) {
  for (const std::string rest :
       {"append key 0 0 1\r\nx\r\n", "prepend key 0 0 1\r\nx\r\n", "replace key 0 0 1\r\nx\r\n"}) {
    EXPECT_EQ(ask(set("key", -1) + rest), "STORED\r\nNOT_STORED\r\n") << rest;
  }
  for (const std::string rest :
       {"cas key 0 0 1 1\r\nx\r\n", "incr key 1\r\n", "decr key 1\r\n", "touch key 0\r\n", "delete key\r\n"}) {
    EXPECT_EQ(ask(set("key", -1) + rest), "STORED\r\nNOT_FOUND\r\n") << rest;
  }
  EXPECT_EQ(ask(set("key", -1) + "gat 0 key\r\n"), "STORED\r\nEND\r\n");
  EXPECT_EQ(ask(set("key", -1) + "mg key\r\nmd key\r\nma key\r\nme key\r\n"), "STORED\r\nEN\r\nNF\r\nNF\r\nEN\r\n");
  EXPECT_EQ(ask(set("key", -1) + "add key 0 0 1\r\nx\r\n"), "STORED\r\nSTORED\r\n");
}

TEST_F(ExpiryTest, TouchSetsItAnew) {
  EXPECT_EQ(ask("touch key 10\r\n"), "NOT_FOUND\r\n");
  EXPECT_EQ(ask(set("key", 0) + "touch key 1000\r\n"), "STORED\r\nTOUCHED\r\n");
  const auto ttl = flag_value(ask("mg key t\r\n"), 't');
  EXPECT_GE(ttl, 990);
  EXPECT_LE(ttl, 1000);
  EXPECT_EQ(ask("touch key 0\r\nmg key t\r\n"), "TOUCHED\r\nHD t-1\r\n");
  EXPECT_EQ(ask("touch key -1\r\nget key\r\n"), "TOUCHED\r\nEND\r\n");
}

TEST_F(ExpiryTest, TouchIsRefusedWithoutANumber) {
  EXPECT_EQ(ask("touch key soon\r\n"), "CLIENT_ERROR invalid exptime argument\r\n");
  EXPECT_EQ(ask("touch key 1x\r\n"), "CLIENT_ERROR invalid exptime argument\r\n");
  EXPECT_EQ(ask("touch\r\ntouch key\r\ntouch key 1 noreply more\r\n"), "ERROR\r\nERROR\r\nERROR\r\n");
}

TEST_F(ExpiryTest, TouchWithNoreplyIsSilent) {
  EXPECT_EQ(ask(set("key", 0) + "touch key 1000 noreply\r\ntouch none 0 noreply\r\ntouch key x noreply\r\n"),
            "STORED\r\n");
  EXPECT_GE(flag_value(ask("mg key t\r\n"), 't'), 990);
}

TEST_F(ExpiryTest, ASetWithoutExpiryEndsAnEarlierOne) {
  EXPECT_EQ(ask(set("key", 1000) + set("key", 0) + "mg key t\r\n"), "STORED\r\nSTORED\r\nHD t-1\r\n");
}

TEST_F(ExpiryTest, FlushAllEndsEverythingAtOnceAndNothingLater) {
  EXPECT_EQ(ask(set("a", 0) + set("b", 1000) + "flush_all\r\nget a b\r\n"), "STORED\r\nSTORED\r\nOK\r\nEND\r\n");
  EXPECT_EQ(ask(set("a", 0) + "get a\r\n"), "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
  EXPECT_EQ(ask("add b 0 0 1\r\ny\r\n"), "STORED\r\n");
  EXPECT_EQ(ask("flush_all 0\r\nget a b\r\n"), "OK\r\nEND\r\n");
  EXPECT_EQ(ask(set("a", 0) + "flush_all -1\r\nget a\r\n"), "STORED\r\nOK\r\nEND\r\n");
}

TEST_F(ExpiryTest, FlushAllWithADelayEndsWhatIsThereThen) {
  EXPECT_EQ(ask(set("early", 0) + "flush_all 3\r\n" + set("late", 0)), "STORED\r\nOK\r\nSTORED\r\n");
  EXPECT_EQ(ask("get early late\r\n"), "VALUE early 0 1\r\nx\r\nVALUE late 0 1\r\nx\r\nEND\r\n");
  EXPECT_TRUE(eventually([&] { return ask("get early late\r\n") == "END\r\n"; }));
  // One more tick of the clock, so that what is stored from now on is younger than the flush by any reckoning.
  const auto flushed = std::time(nullptr);
  EXPECT_TRUE(eventually([&] { return std::time(nullptr) > flushed + 1; }));
  EXPECT_EQ(ask(set("new", 0) + "get new\r\n"), "STORED\r\nVALUE new 0 1\r\nx\r\nEND\r\n");
}

TEST_F(ExpiryTest, FlushAllWithNoreplyIsSilent) {
  EXPECT_EQ(ask(set("key", 0) + "flush_all noreply\r\nget key\r\n"), "STORED\r\nEND\r\n");
  EXPECT_EQ(ask(set("key", 0) + "flush_all 0 noreply\r\nget key\r\n"), "STORED\r\nEND\r\n");
}

TEST_F(ExpiryTest, FlushAllIsRefusedWithoutANumber) {
  EXPECT_EQ(ask("flush_all soon\r\n"), "CLIENT_ERROR invalid exptime argument\r\n");
  EXPECT_EQ(ask("flush_all soon noreply\r\n"), "");
  EXPECT_EQ(ask("flush_all 1 2 3\r\n"), "ERROR\r\n");
}

// memcached's crawler is in no hurry: it comes by within an hour.
TEST_F(ExpiryTest, OursOnlyTheCrawlerFreesWhatHasExpiredThoughNobodyAsksForIt) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached's crawler takes its time";
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += set("key" + std::to_string(i), i % 2 == 0 ? 1 : 0);
  ask(requests);
  EXPECT_TRUE(eventually([&] { return statistic("curr_items") == 1000; }));
  EXPECT_EQ(statistic("evictions"), 0U);
}

}  // namespace
}  // namespace cache::test
