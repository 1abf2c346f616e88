// What the tests talk to: a cache server in this process, on loops and threads of its own.
//
// With EDDY_CACHE_TEST_URL=tcp://HOST:PORT they talk to a server that is running already, to see that what they expect
// is what memcached does. It must take UDP on the same port, and serve nobody else: each test flushes it. What a full
// memcached does depends on what filled it, so MemoryTest and what comes after it want a new one.
//   memcached -u nobody -l 127.0.0.1 -p 11311 -U 11311 -t 1 &
//   EDDY_CACHE_TEST_URL=tcp://127.0.0.1:11311 eddy-cache-tests
#pragma once

#include <apps/cache/server.h>
#include <gtest/gtest.h>
#include <reactor/loop_pool.h>
#include "../support/loop_until.h"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "client.h"

namespace cache::test {

class TestServer {
 public:
  explicit TestServer(const Settings& settings = {}, std::size_t threads = 1, const eddy::LoopOptions& loops = {});
  ~TestServer();  // stops it and waits
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  static bool is_foreign();  // it is not ours, and its settings are its own

  const eddy::Address& tcp() const { return tcp_; }
  const eddy::Address& udp() const { return udp_; }

 private:
  void serve(const Settings& settings, std::size_t threads, const eddy::LoopOptions& loops, std::promise<void> ready);

  eddy::Address tcp_;
  eddy::Address udp_;
  eddy::LoopPool* pool_ = nullptr;
  std::thread thread_;
};

// A server and a client of it.
class CacheTest : public testing::Test {
 protected:
  explicit CacheTest(const Settings& settings = {}, std::size_t threads = 1);

  std::string ask(std::string_view commands) { return client.ask(commands); }

  using Statistics = std::map<std::string, std::string>;
  Statistics statistics(std::string_view of = "");
  std::uint64_t statistic(const std::string& name, std::string_view of = "");

  // The cas value of an item that is there.
  std::string cas_of(const std::string& key);

  TestServer server;
  Client client{server.tcp()};

 private:
  Client observer_{server.tcp()};  // asks for statistics
};

// The number behind a flag of a meta answer: 30 for 't' in "HD t30\r\n". -1000 where there is none.
int flag_value(std::string_view answer, char flag);

// Repeats it until it is true; false when it does not become so within the tests' patience.
template <std::predicate Condition>
[[nodiscard]] bool eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + eddy::test::patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up || testing::Test::HasFailure()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace cache::test
