#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

// Echoes the first message only after a sleep: what comes meanwhile finds one in flight.
StreamBehaviour asleep_at_first(eddy::Duration sleep) {
  StreamBehaviour behaviour;
  behaviour.on_data = [=](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    if (before == 0) std::this_thread::sleep_for(sleep);
    peer.send(in);
  };
  return behaviour;
}

DatagramBehaviour datagram_asleep_at_first(eddy::Duration sleep) {
  return [=, first = true](eddy::DatagramSocket& socket, eddy::Bytes in, const eddy::Address& from) mutable {
    if (std::exchange(first, false)) std::this_thread::sleep_for(sleep);
    socket.send_to(from, in);
  };
}

class OverloadRun : public testing::TestWithParam<const char*> {
 protected:
  Results run_with(Overload overload) {
    const std::string kind = GetParam();
    auto make = [&]() -> std::unique_ptr<TestServer> {
      if (kind == "tcp") return std::make_unique<TestServer>(free_url(kind), asleep_at_first(300ms));
      return std::make_unique<TestServer>(free_url(kind), datagram_asleep_at_first(300ms));
    };
    const auto server = make();
    settings = planned_run(server->url(), 100, 5ms);
    settings.pipeline = 2;
    settings.overload = overload;
    return run_checked(settings);
  }

  Settings settings;
};

TEST_P(OverloadRun, QueuedMessagesWaitInTheClientAndCountFromThePlan) {
  const auto results = run_with(Overload::queue);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.answered, 100U);
  EXPECT_EQ(results.dropped + results.throttled, 0U);
  // Half of the schedule fell into the sleep: what waited shows it in the response, and not in the service.
  EXPECT_GE(results.response.percentile(75), 100ms);
  EXPECT_LT(results.service.percentile(75), results.response.percentile(75));
}

TEST_P(OverloadRun, DroppedMessagesAreNotSentAndCounted) {
  const auto results = run_with(Overload::drop);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_GT(results.dropped, 0U);
  EXPECT_EQ(results.sent + results.dropped, 100U);
  EXPECT_EQ(results.answered, results.sent);
  EXPECT_EQ(results.response.count(), results.sent);
}

TEST_P(OverloadRun, ThrottledMessagesAreCountedAndTimedFromTheirSend) {
  const auto results = run_with(Overload::throttle);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.answered, 100U);
  EXPECT_GT(results.throttled, 0U);
  // The throttled ones have no lag: they have no plan any more.
  EXPECT_EQ(results.send_lag.count() + results.throttled, 100U);
  EXPECT_LT(results.response.percentile(75), 300ms);
}

INSTANTIATE_TEST_SUITE_P(Transports, OverloadRun, testing::Values("tcp", "udp"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace load::test
