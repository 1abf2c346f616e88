#include "server.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <regex>
#include <utility>

namespace cache::test {
namespace {

const char* foreign_url() { return std::getenv("EDDY_CACHE_TEST_URL"); }

}  // namespace

bool TestServer::is_foreign() { return foreign_url() != nullptr; }

TestServer::TestServer(const Settings& settings, std::size_t threads, const eddy::LoopOptions& loops) {
  if (is_foreign()) {
    const std::string url = foreign_url();
    tcp_ = eddy::Address::parse(url);
    udp_ = eddy::Address::parse("udp" + url.substr(url.find(':')));
    EXPECT_EQ(Client(tcp_).ask("flush_all\r\n"), "OK\r\n");
    return;
  }
  std::promise<void> ready;
  auto is_ready = ready.get_future();
  thread_ = std::thread([&, this, settings, loops, threads] { serve(settings, threads, loops, std::move(ready)); });
  try {
    is_ready.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

TestServer::~TestServer() {
  if (!thread_.joinable()) return;
  // On the pool's own thread, which destroys it as soon as it has stopped.
  pool_->remote(0).post([pool = pool_] { pool->stop(); });
  thread_.join();
}

void TestServer::serve(const Settings& settings, std::size_t threads, const eddy::LoopOptions& loops,
                       std::promise<void> ready) {
  std::optional<eddy::LoopPool> pool;
  std::optional<Server> server;
  try {
    pool.emplace(threads, loops);
    server.emplace(*pool, settings);
    tcp_ = server->listen("tcp://127.0.0.1:0");
    udp_ = server->listen("udp://127.0.0.1:0");
    pool_ = &*pool;
    ready.set_value();
  } catch (...) {
    ready.set_exception(std::current_exception());
    return;
  }
  pool->run();
}

CacheTest::CacheTest(const Settings& settings, std::size_t threads) : server(settings, threads) {}

CacheTest::Statistics CacheTest::statistics(std::string_view of) {
  const auto text = observer_.ask(std::string("stats").append(of.empty() ? "" : " ").append(of) + "\r\n");
  EXPECT_TRUE(text.ends_with("END\r\n")) << text;
  static const std::regex line("STAT ([^ ]+) ([^\r]*)\r\n");
  Statistics statistics;
  for (std::sregex_iterator found(text.begin(), text.end(), line), end; found != end; ++found) {
    EXPECT_TRUE(statistics.emplace((*found)[1], (*found)[2]).second) << "twice: " << found->str();
  }
  return statistics;
}

std::uint64_t CacheTest::statistic(const std::string& name, std::string_view of) {
  const auto all = statistics(of);
  const auto found = all.find(name);
  if (found == all.end()) {
    ADD_FAILURE() << "no statistic " << name;
    return 0;
  }
  return std::stoull(found->second);
}

std::string CacheTest::cas_of(const std::string& key) {
  const auto answer = ask("mg " + key + " c\r\n");
  EXPECT_TRUE(answer.starts_with("HD c")) << answer;
  return answer.substr(4, answer.find('\r') - 4);
}

int flag_value(std::string_view answer, char flag) {
  auto text = answer.substr(0, answer.find('\r'));
  int value = -1000;
  const auto found = text.find(std::string(" ") + flag);
  if (found != std::string_view::npos) {
    text.remove_prefix(found + 2);
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return value;
}

}  // namespace cache::test
