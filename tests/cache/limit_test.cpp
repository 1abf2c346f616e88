// Limits that are set at the start. memcached has its own.
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server.h"

namespace cache::test {
namespace {

TEST(LimitTest, OursOnlyMoreConnectionsThanAllowedAreClosedAndTheOthersGoOn) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "started with another limit";
  const TestServer server({.max_connections = 2});
  Client first(server.tcp());
  Client second(server.tcp());
  EXPECT_EQ(first.ask("get key\r\n"), "END\r\n");
  EXPECT_EQ(second.ask("get key\r\n"), "END\r\n");
  {
    Client third(server.tcp());
    EXPECT_EQ(third.read_to_end().find("END"), std::string::npos);
  }
  EXPECT_EQ(first.ask("get key\r\n"), "END\r\n");
  first.send("quit\r\n");
  first.read_to_end();
  EXPECT_TRUE(eventually([&] {
    Client next(server.tcp());
    next.send("get key\r\nquit\r\n");
    return next.read_to_end() == "END\r\n";
  }));
}

TEST(LimitTest, OursOnlyTheLargestItemIsAsSet) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "started with another limit";
  const TestServer server({.item_size_max = 4096});
  Client client(server.tcp());
  EXPECT_EQ(client.ask("set key 0 0 3900\r\n" + std::string(3900, 'x') + "\r\n"), "STORED\r\n");
  EXPECT_EQ(client.ask("set key 0 0 4097\r\n" + std::string(4097, 'x') + "\r\n"),
            "SERVER_ERROR object too large for cache\r\n");
  const TestServer larger({.memory_limit = 64 * mebibyte, .item_size_max = 8 * mebibyte});
  Client other(larger.tcp());
  const std::string value(8'000'000, 'x');
  EXPECT_EQ(other.ask("set key 0 0 8000000\r\n" + value + "\r\n"), "STORED\r\n");
  EXPECT_TRUE(other.ask("get key\r\n") == "VALUE key 0 8000000\r\n" + value + "\r\nEND\r\n");
}

TEST(LimitTest, OursOnlyAClientThatNeverReadsIsClosed) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached waits for ever";
  const TestServer server({.write_stall_timeout = std::chrono::milliseconds(300)});
  Client client(server.tcp());
  EXPECT_EQ(client.ask("set key 0 0 1000000\r\n" + std::string(1'000'000, 'x') + "\r\n"), "STORED\r\n");
  Client observer(server.tcp());
  eddy::test::RawSocket stubborn(server.tcp(), 4096);
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += "get key\r\n";
  stubborn.send(requests);
  const auto connections = [&] {
    const auto text = observer.ask("stats\r\n");
    const auto found = text.find("STAT curr_connections ");
    return std::stoi(text.substr(found + 22));
  };
  const auto before = connections();
  EXPECT_TRUE(eventually([&] { return connections() == before - 1; }));
}

// The loop's memory for connections is full of what six clients do not read: each has a value of its own queued, or
// waits for room.
TEST(LimitTest, OursOnlyAClientThatReadsIsServedAfterThoseThatNeverDo) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached has no such limit";
  const TestServer server({}, 1, {.memory_budget = 4 * mebibyte});
  Client client(server.tcp());
  const std::string value(1'000'000, 'v');
  std::vector<eddy::test::RawSocket> stubborn;
  std::string expected;
  for (int i = 0; i < 6; ++i) {
    const auto key = "key" + std::to_string(i);
    EXPECT_EQ(client.ask("set " + key + " 0 0 1000000\r\n" + value + "\r\n"), "STORED\r\n");
    expected.insert(0, "VALUE " + key + " 0 1000000\r\n" + value + "\r\n");
  }
  for (int i = 0; i < 6; ++i) {
    std::string requests;
    for (int j = 0; j < 50; ++j) requests += "get key" + std::to_string(i) + "\r\n";
    stubborn.emplace_back(server.tcp(), 4096);
    stubborn.back().send(requests);
  }
  const auto written = [&] {
    const auto text = client.ask("stats\r\n");
    return std::stoull(text.substr(text.find("STAT bytes_written ") + 19));
  };
  std::uint64_t before = 0;
  EXPECT_TRUE(eventually([&] { return std::exchange(before, written()) + 100'000 > written(); }));
  std::vector<Client> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back(server.tcp());
    readers.back().send("get key5 key4 key3 key2 key1 key0\r\nget none\r\n");
  }
  EXPECT_TRUE(eventually([&] { return written() >= before + 3 * value.size(); }));  // of it, what could not be queued
  stubborn.clear();
  for (auto& reader : readers) EXPECT_TRUE(reader.ask("") == expected + "END\r\nEND\r\n");
}

// On one loop, whose turns are told by when the other is answered: an append to a large value is much work.
TEST(LimitTest, OursOnlyAClientThatAppendsToALargeValueLetsOthersHaveTheirTurn) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached counts requests only";
  const TestServer server;
  Client client(server.tcp());
  EXPECT_EQ(client.ask("set key 0 0 1000000\r\n" + std::string(1'000'000, 'x') + "\r\n"), "STORED\r\n");
  std::string requests;
  for (int i = 0; i < 15; ++i) requests += "append key 0 0 1\r\nx\r\n";
  const auto answer = client.ask(requests + "stats\r\n");
  EXPECT_TRUE(answer.starts_with("STORED\r\nSTORED\r\n"));
  EXPECT_GE(std::stoi(answer.substr(answer.find("STAT conn_yields ") + 17)), 10);
}

TEST(LimitTest, OursOnlyABusyClientLetsOthersHaveTheirTurn) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "started with another limit";
  const TestServer server({.requests_per_event = 1});
  Client client(server.tcp());
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "get none\r\n";
  const auto answer = client.ask(requests + "stats\r\n");
  EXPECT_TRUE(answer.starts_with("END\r\nEND\r\n"));
  const auto found = answer.find("STAT conn_yields ");
  EXPECT_GE(std::stoi(answer.substr(found + 17)), 500);
}

// Or thousands of them would be one piece of work.
TEST(LimitTest, OursOnlyErrorsThatAreSparedCountAsRequests) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "started with another limit";
  const TestServer server({.requests_per_event = 1});
  Client client(server.tcp());
  std::string requests;
  for (int i = 0; i < 300; ++i)
    requests += "incr key x noreply\r\ntouch key x noreply\r\nset key 0 0 0 noreply\r\nx\r\n";
  const auto answer = client.ask(requests + "stats\r\n");
  EXPECT_GE(std::stoi(answer.substr(answer.find("STAT conn_yields ") + 17)), 800);
}

TEST(LimitTest, OursOnlyRequestThatIsNotFinishedInTimeEnds) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached waits for ever";
  const TestServer server({.request_timeout = std::chrono::milliseconds(200)});
  Client observer(server.tcp());
  for (const std::string part : {"get ke", "set key 0 0 100000\r\nxxx", "mg"}) {
    Client client(server.tcp());
    client.send("set other 0 0 1\r\n1\r\n" + part);
    EXPECT_EQ(client.read_to_end(), "STORED\r\nSERVER_ERROR request was not finished in time\r\n") << part;
  }
  EXPECT_NE(observer.ask("stats\r\n").find("STAT requests_timed_out 3\r\n"), std::string::npos);
}

TEST(LimitTest, OursOnlyRequestThatGoesOnHasTheTimeItTakes) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached waits for ever";
  const TestServer server({.request_timeout = std::chrono::milliseconds(100)});
  Client client(server.tcp());
  const std::string value(400'000, 'x');
  client.send("set key 0 0 400000\r\n");
  for (std::size_t sent = 0; sent < value.size(); sent += 40'000) {
    client.send(value.substr(sent, 40'000));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(client.ask("\r\n"), "STORED\r\n");
}

// 60 clients hold what the loop has for requests, and send nothing more.
TEST(LimitTest, OursOnlyUnfinishedRequestsKeepNobodyElsesOut) {
  if (TestServer::is_foreign()) GTEST_SKIP() << "memcached has other limits";
  Settings settings;
  settings.connection_memory = 64 * mebibyte;
  const TestServer server(settings, 1, {.memory_budget = connection_memory(settings, 1)});
  std::vector<Client> attackers;
  std::vector<Client> good;
  for (int i = 0; i < 10; ++i) good.emplace_back(server.tcp());
  const std::string value(1'000'000, 'x');
  for (int i = 0; i < 100; ++i) {
    attackers.emplace_back(server.tcp());
    attackers.back().send("set held 0 0 1000000\r\n" + value);
    auto& client = good[static_cast<std::size_t>(i) % good.size()];
    ASSERT_EQ(client.ask("set key 0 0 1000000\r\n" + value + "\r\n"), "STORED\r\n") << "beside " << i;
    ASSERT_EQ(client.ask("get nothing\r\n"), "END\r\n");
  }
  EXPECT_EQ(good[0].ask("stats\r\n").find("STAT requests_dropped 0\r\n"), std::string::npos);
  int ended = 0;
  for (auto& attacker : attackers) {
    if (attacker.silent()) continue;
    EXPECT_EQ(attacker.read_to_end(), "SERVER_ERROR out of memory reading request\r\n");
    ++ended;
  }
  EXPECT_GT(ended, 0);
}

}  // namespace
}  // namespace cache::test
