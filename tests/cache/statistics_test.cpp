// The stats command in its forms, and that it counts what happened.
#include <regex>

#include "server.h"

namespace cache::test {
namespace {

class StatisticsTest : public CacheTest {
 protected:
  // How much each counter has grown by these commands. Those that did not are left out, and so is what always grows.
  std::map<std::string, std::uint64_t> counted(std::string_view commands) {
    const auto before = statistics();
    ask(commands);
    std::map<std::string, std::uint64_t> grown;
    for (const auto& [name, value] : statistics()) {
      static const std::regex counters(
          "cmd_.*|.*_(hits|misses|badval)|get_expired|get_flushed|store_too_large|.*_items");
      if (!std::regex_match(name, counters)) continue;
      const auto more = std::stoull(value) - std::stoull(before.at(name));
      if (more != 0) grown[name] = more;
    }
    return grown;
  }
  using Counts = std::map<std::string, std::uint64_t>;
};

TEST_F(StatisticsTest, GeneralOnesAreAllThere) {
  const auto all = statistics();
  for (const auto* name : {"pid",
                           "uptime",
                           "time",
                           "version",
                           "pointer_size",
                           "rusage_user",
                           "rusage_system",
                           "max_connections",
                           "curr_connections",
                           "total_connections",
                           "threads",
                           "cmd_get",
                           "cmd_set",
                           "cmd_flush",
                           "cmd_touch",
                           "cmd_meta",
                           "get_hits",
                           "get_misses",
                           "get_expired",
                           "get_flushed",
                           "delete_hits",
                           "delete_misses",
                           "incr_hits",
                           "incr_misses",
                           "decr_hits",
                           "decr_misses",
                           "cas_hits",
                           "cas_misses",
                           "cas_badval",
                           "touch_hits",
                           "touch_misses",
                           "store_too_large",
                           "store_no_memory",
                           "bytes_read",
                           "bytes_written",
                           "limit_maxbytes",
                           "bytes",
                           "curr_items",
                           "total_items",
                           "evictions",
                           "reclaimed"}) {
    EXPECT_TRUE(all.contains(name)) << name;
  }
  EXPECT_EQ(all.at("pointer_size"), std::to_string(sizeof(void*) * 8));
  EXPECT_EQ("VERSION " + all.at("version") + "\r\n", ask("version\r\n"));
  EXPECT_TRUE(std::regex_match(all.at("rusage_user"), std::regex("[0-9]+\\.[0-9]{6}"))) << all.at("rusage_user");
}

TEST_F(StatisticsTest, CountsStorageCommands) {
  EXPECT_EQ(counted("set a 0 0 1\r\nx\r\nset a 0 0 1\r\nx\r\nadd b 0 0 1\r\nx\r\n"),
            (Counts{{"cmd_set", 3}, {"curr_items", 2}, {"total_items", 3}}));
  EXPECT_EQ(counted("add a 0 0 1\r\nx\r\nreplace none 0 0 1\r\nx\r\nappend none 0 0 1\r\nx\r\n"),
            (Counts{{"cmd_set", 3}}));
  EXPECT_EQ(counted("replace a 0 0 1\r\ny\r\n"), (Counts{{"cmd_set", 1}, {"total_items", 1}}));
  EXPECT_EQ(counted("set a 0 0 2000000\r\n" + std::string(2'000'000, 'x') + "\r\n")["store_too_large"], 1U);
}

TEST_F(StatisticsTest, CountsCas) {
  ask("set a 0 0 1\r\nx\r\n");
  const auto cas = cas_of("a");
  EXPECT_EQ(counted("cas a 0 0 1 " + cas + "\r\ny\r\ncas a 0 0 1 " + cas + "\r\nz\r\ncas none 0 0 1 1\r\nz\r\n"),
            (Counts{{"cmd_set", 3}, {"cas_hits", 1}, {"cas_badval", 1}, {"cas_misses", 1}, {"total_items", 1}}));
}

TEST_F(StatisticsTest, CountsEachKeyOfAGet) {
  ask("set a 0 0 1\r\nx\r\nset b 0 0 1\r\nx\r\n");
  EXPECT_EQ(counted("get a b none\r\ngets a\r\n"), (Counts{{"cmd_get", 4}, {"get_hits", 3}, {"get_misses", 1}}));
  EXPECT_EQ(counted("mg a v\r\nmg none v\r\n"), (Counts{{"cmd_get", 2}, {"get_hits", 1}, {"get_misses", 1}}));
}

// In one piece, so that no crawler comes between.
TEST_F(StatisticsTest, CountsWhatHadExpiredOrWasFlushedAsMissesToo) {
  auto expired = counted("set a 0 -1 1\r\nx\r\nget a\r\n");
  EXPECT_EQ(expired["get_expired"], 1U);
  EXPECT_EQ(expired["get_misses"], 1U);
  auto flushed = counted("set b 0 0 1\r\nx\r\nflush_all\r\nget b\r\n");
  EXPECT_EQ(flushed["get_flushed"], 1U);
  EXPECT_EQ(flushed["get_misses"], 1U);
}

TEST_F(StatisticsTest, CountsTouches) {
  ask("set a 0 0 1\r\nx\r\n");
  EXPECT_EQ(counted("touch a 0\r\ntouch none 0\r\n"),
            (Counts{{"cmd_touch", 2}, {"touch_hits", 1}, {"touch_misses", 1}}));
  auto gat = counted("gat 0 a none\r\n");
  EXPECT_EQ(gat["cmd_touch"], 2U);
  EXPECT_EQ(gat["touch_hits"], 1U);
  EXPECT_EQ(gat["touch_misses"], 1U);
}

TEST_F(StatisticsTest, CountsRemovalsAndNumbers) {
  ask("set a 0 0 1\r\n5\r\n");
  EXPECT_EQ(counted("incr a 1\r\nincr none 1\r\n"), (Counts{{"incr_hits", 1}, {"incr_misses", 1}}));
  EXPECT_EQ(counted("decr a 1\r\ndecr a 1\r\ndecr none 1\r\n"), (Counts{{"decr_hits", 2}, {"decr_misses", 1}}));
  EXPECT_EQ(counted("delete none\r\n"), (Counts{{"delete_misses", 1}}));
  EXPECT_EQ(counted("flush_all\r\n")["cmd_flush"], 1U);
}

TEST_F(StatisticsTest, CountsItemsAndTheirBytes) {
  const auto bytes = statistic("bytes");
  const auto items = statistic("curr_items");
  ask("set a 0 0 1000\r\n" + std::string(1000, 'x') + "\r\n");
  EXPECT_EQ(statistic("curr_items"), items + 1);
  EXPECT_GE(statistic("bytes"), bytes + 1000);
  EXPECT_LE(statistic("bytes"), bytes + 1200);
  ask("delete a\r\n");
  EXPECT_EQ(statistic("curr_items"), items);
  EXPECT_EQ(statistic("bytes"), bytes);
}

TEST_F(StatisticsTest, CountsConnections) {
  const auto open = statistic("curr_connections");
  const auto total = statistic("total_connections");
  Client one(server.tcp());
  one.ask("mn\r\n");
  EXPECT_EQ(statistic("curr_connections"), open + 1);
  EXPECT_EQ(statistic("total_connections"), total + 1);
  one.send("quit\r\n");
  EXPECT_EQ(one.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return statistic("curr_connections") == open; }));
}

TEST_F(StatisticsTest, CountsTraffic) {
  const auto read = statistic("bytes_read");
  const auto written = statistic("bytes_written");
  ask("set a 0 0 10000\r\n" + std::string(10'000, 'x') + "\r\n");
  EXPECT_GE(statistic("bytes_read"), read + 10'000);
  ask("get a\r\n");
  EXPECT_TRUE(eventually([&] { return statistic("bytes_written") >= written + 10'000; }));
}

TEST_F(StatisticsTest, ResetSetsTheCountersBack) {
  ask("set a 0 0 1\r\nx\r\nget a none\r\nincr a 1\r\ndelete none\r\ntouch a 0\r\n");
  EXPECT_EQ(ask("stats reset\r\n"), "RESET\r\n");
  const auto all = statistics();
  for (const auto* name : {"cmd_get", "cmd_set", "cmd_touch", "get_hits", "get_misses", "delete_misses", "touch_hits",
                           "evictions", "total_items"}) {
    EXPECT_EQ(all.at(name), "0") << name;
  }
  EXPECT_NE(all.at("curr_items"), "0");
  EXPECT_EQ(ask("get a\r\n"), "VALUE a 0 1\r\nx\r\nEND\r\n");
}

TEST_F(StatisticsTest, SettingsTellHowItWasStarted) {
  const auto settings = statistics("settings");
  for (const auto* name : {"maxbytes", "maxconns", "tcpport", "udpport", "verbosity", "evictions", "num_threads",
                           "reqs_per_event", "cas_enabled", "tcp_backlog", "item_size_max", "flush_enabled"}) {
    EXPECT_TRUE(settings.contains(name)) << name;
  }
  EXPECT_EQ(settings.at("maxbytes"), "67108864");
  EXPECT_EQ(settings.at("item_size_max"), "1048576");
  EXPECT_EQ(settings.at("maxconns"), TestServer::is_foreign() ? "1024" : "4096");
  EXPECT_EQ(settings.at("reqs_per_event"), "20");
  EXPECT_EQ(settings.at("evictions"), "on");
  EXPECT_EQ(settings.at("cas_enabled"), "yes");
  EXPECT_EQ(statistic("limit_maxbytes"), 67108864U);
}

TEST_F(StatisticsTest, ItemsAreToldByTheirSizeClass) {
  ask("set a 0 0 1\r\nx\r\nset b 0 0 20000\r\n" + std::string(20'000, 'x') + "\r\n");
  const auto items = statistics("items");
  static const std::regex number("items:[0-9]+:number");
  std::size_t classes = 0;
  for (const auto& [name, value] : items) {
    EXPECT_TRUE(std::regex_match(name, std::regex("items:[0-9]+:[a-z_]+"))) << name;
    if (std::regex_match(name, number) && value != "0") ++classes;
  }
  EXPECT_GE(classes, 2U);
}

TEST_F(StatisticsTest, SlabsAreToldByTheirSizeClass) {
  ask("set a 0 0 1\r\nx\r\n");
  const auto slabs = statistics("slabs");
  EXPECT_TRUE(slabs.contains("active_slabs"));
  EXPECT_TRUE(slabs.contains("total_malloced"));

  const auto sum_of = [&](const std::string& what) {
    std::uint64_t sum = 0;
    for (const auto& [name, value] : statistics("slabs")) {
      if (name.ends_with(":" + what)) sum += std::stoull(value);
    }
    return sum;
  };
  const auto before = sum_of("used_chunks");
  for (int i = 0; i < 100; ++i) ask("set key" + std::to_string(i) + " 0 0 100\r\n" + std::string(100, 'x') + "\r\n");
  EXPECT_EQ(sum_of("used_chunks"), before + 100);
  EXPECT_EQ(sum_of("used_chunks") + sum_of("free_chunks"), sum_of("total_chunks"));
  for (int i = 0; i < 100; ++i) ask("delete key" + std::to_string(i) + "\r\n");
  EXPECT_EQ(sum_of("used_chunks"), before);
}

// memcached counts sizes only when it was started so.
TEST_F(StatisticsTest, SizesAreAHistogramOrSayThatTheyAreNot) {
  ask("set a 0 0 1\r\nx\r\n");
  const auto answer = ask("stats sizes\r\n");
  static const std::regex histogram("(STAT [0-9]+ [0-9]+\r\n)+END\r\n");
  EXPECT_TRUE(answer == "STAT sizes_status disabled\r\nEND\r\n" || std::regex_match(answer, histogram)) << answer;
}

TEST_F(StatisticsTest, OfNothingKnownIsAnError) { EXPECT_EQ(ask("stats nothing\r\n"), "ERROR\r\n"); }

}  // namespace
}  // namespace cache::test
