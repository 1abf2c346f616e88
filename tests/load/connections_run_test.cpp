// How connections come, live and go.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

// An echo that notes where its connections came from.
struct Visitors {
  std::mutex mutex;
  std::set<std::string> hosts;
  int connections = 0;
  std::uint64_t bytes = 0;
};

StreamBehaviour noting(const std::shared_ptr<Visitors>& visitors) {
  StreamBehaviour behaviour;
  behaviour.on_data = [visitors](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    const std::lock_guard lock(visitors->mutex);
    visitors->bytes += in.size();
    if (before == 0) {
      visitors->hosts.insert(peer.peer_address().host());
      ++visitors->connections;
    }
    peer.send(in);
  };
  return behaviour;
}

TEST(ConnectionsRun, ARampOpensNoFasterThanAsked) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = short_run(server.url());
  settings.connections = 20;
  settings.ramp = 100;
  const auto before = std::chrono::steady_clock::now();
  const auto results = run_checked(settings);
  // The twentieth is due 190 ms after the first; then 150 ms are measured.
  EXPECT_GE(std::chrono::steady_clock::now() - before, 340ms);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.connected, 20U);
  EXPECT_GE(results.elapsed, 150ms);
}

TEST(ConnectionsRun, WhoThinksAsksLessOften) {
  for (const auto* kind : {"tcp", "udp"}) {
    const auto server =
        std::string(kind) == "tcp"
            ? std::make_unique<TestServer>(free_url(kind), StreamBehaviour{})
            : std::make_unique<TestServer>(free_url(kind), [](eddy::DatagramSocket& socket, eddy::Bytes in,
                                                              const eddy::Address& from) { socket.send_to(from, in); });
    auto settings = short_run(server->url());
    settings.connections = 4;
    settings.think = 20ms;
    settings.duration = 300ms;
    const auto results = run_checked(settings);
    EXPECT_TRUE(problems(settings, results).empty());
    EXPECT_GE(results.answered, 4U);
    EXPECT_LE(results.answered, 4 * (300 / 20 + 1)) << kind;
  }
}

class RenewalRun : public testing::TestWithParam<bool> {
 protected:
  Settings with_model(Settings settings) const {
    if (GetParam()) settings.rate = 500;
    settings.connections = 5;
    settings.duration = 400ms;
    return settings;
  }
};

TEST_P(RenewalRun, ALifetimeReplacesConnectionsAndLosesNoRequest) {
  const auto visitors = std::make_shared<Visitors>();
  const TestServer server(free_url("tcp"), noting(visitors));
  auto settings = with_model(short_run(server.url()));
  settings.lifetime = 50ms;
  if (!settings.rate) settings.pipeline = 4;
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.connected, 5U);
  EXPECT_GT(results.reconnects, 0U);
  EXPECT_EQ(results.answered, results.sent);
  const std::lock_guard lock(visitors->mutex);
  EXPECT_GT(visitors->connections, 5);
  EXPECT_EQ(visitors->bytes, results.sent * settings.size) << "none was sent twice";
}

TEST_P(RenewalRun, ChurnGivesEachExchangeAConnectionOfItsOwn) {
  const auto visitors = std::make_shared<Visitors>();
  const TestServer server(free_url("tcp"), noting(visitors));
  auto settings = with_model(short_run(server.url()));
  settings.churn = true;
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_GT(results.answered, 5U);
  EXPECT_EQ(results.answered, results.sent);
  EXPECT_EQ(results.reconnects, results.answered);
  const std::lock_guard lock(visitors->mutex);
  EXPECT_EQ(visitors->connections, static_cast<int>(results.answered));
  // From the connect, or the plan, to the answer; the service is without the connect.
  EXPECT_GE(results.response.mean(), results.service.mean());
}

TEST_P(RenewalRun, ChurnGoesOnAfterAnExchangeThatFailed) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t, int number) {
    number % 7 == 6 ? void(peer.abort()) : void(peer.send(in));
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = with_model(short_run(server.url()));
  settings.churn = true;
  settings.connections = 1;
  const auto results = run_checked(settings);
  EXPECT_GE(results.lost, 1U);
  EXPECT_EQ(results.errors, (ErrorCounts{{"Connection reset by peer", results.lost}}));
  EXPECT_EQ(results.answered + results.lost, results.sent);
  EXPECT_GT(results.answered, results.lost);
}

INSTANTIATE_TEST_SUITE_P(Models, RenewalRun, testing::Bool(),
                         [](const auto& test) { return test.param ? "open" : "closed"; });

TEST(ConnectionsRun, SeveralServersGetTheirConnectionsInTurn) {
  const auto first = std::make_shared<Visitors>();
  const auto second = std::make_shared<Visitors>();
  const TestServer one(free_url("tcp"), noting(first));
  const TestServer two(free_url("tcp"), noting(second));
  auto settings = short_run(one.url());
  settings.more_urls = {two.url()};
  settings.connections = 10;
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(first->connections, 5);
  EXPECT_EQ(second->connections, 5);
}

TEST(ConnectionsRun, ThreadsShareConnectionsAndScheduleAndMergeWhatTheyFound) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = planned_run(server.url(), 300, 1ms);
  settings.connections = 7;
  settings.threads = 3;
  auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.loops, 3U);
  EXPECT_EQ(results.connected, 7U);
  EXPECT_EQ(results.sent, 300U);
  EXPECT_EQ(results.answered, 300U);
  EXPECT_EQ(results.response.count(), 300U);
  EXPECT_EQ(results.bytes_in, 300 * settings.size);

  settings.rate.reset();
  results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_GE(results.answered, 7U);
  EXPECT_EQ(results.response.count(), results.answered);
}

TEST(ConnectionsRun, ASignalEndsAllThreads) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int number) {
    if (before == 640 && number == 0) std::raise(SIGINT);
    peer.send(in);
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = short_run(server.url());
  settings.connections = 4;
  settings.threads = 2;
  settings.duration = 1h;
  const auto results = run_checked(settings);
  EXPECT_TRUE(results.interrupted);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_LT(results.elapsed, 1h);
}

TEST(ConnectionsRun, AThreadWithoutAConnectionDoesNotHoldTheOthersUp) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  std::string gone;
  { gone = TestServer(free_url("tcp"), StreamBehaviour{}).url(); }
  auto settings = planned_run(server.url(), 100, 1ms);
  settings.more_urls = {gone};
  settings.connections = 2;
  settings.threads = 2;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.connected, 1U);
  EXPECT_EQ(results.answered, 50U);
  EXPECT_EQ(results.unsent, 50U);
}

}  // namespace
}  // namespace load::test
