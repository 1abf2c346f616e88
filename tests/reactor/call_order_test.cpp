// Contract 1: no call into eddy runs one of your callbacks before it returns.
#include <gtest/gtest.h>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class CallOrder : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, CallOrder, each_driver(), driver_of);

TEST_P(CallOrder, ConnectReturnsBeforeItsOutcome) {
  Link link(driver());
  link.connect();
  EXPECT_TRUE(link.client.events.empty());
  ASSERT_TRUE(link.until([&] { return link.client.opened(); }));
}

TEST_P(CallOrder, RefusedConnectIsToldFromTheLoop) {
  Link link(driver());
  const auto address = link.listener->address().to_string();
  link.listener.reset();
  connect<Scripted>(link.loop, address, link.client.factory());
  EXPECT_TRUE(link.client.events.empty());
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_EQ(link.client.why(), std::errc::connection_refused);
  EXPECT_EQ(link.client.events, std::vector<std::string>{"close"}) << "on_close without on_open";
}

TEST_P(CallOrder, CloseAndAbortReturnBeforeOnClose) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  link.at_client()->close();
  EXPECT_FALSE(link.client.closed());
  link.at_server()->abort();
  EXPECT_FALSE(link.server.closed());
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
}

TEST_P(CallOrder, SendToAPeerThatIsGoneReturnsBeforeItsError) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  // Both at once, before the loop can tell of the reset.
  link.at_server()->abort();
  link.loop.run_once(link.loop.now());
  const auto before = link.client.events.size();
  if (auto* client = link.at_client()) {
    client->send(std::string(100'000, 'x'));
    client->send(std::string(100'000, 'x'));
    EXPECT_EQ(link.client.events.size(), before);
  }
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
}

TEST_P(CallOrder, ResumeOffersKeptInputFromTheLoop) {
  Link link(driver());
  link.server.on_data = [](Connection& peer, Bytes in) {
    peer.pause();
    return in.size() / 2;
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("abcd");
  ASSERT_TRUE(link.until([&] { return link.server.count("data") == 1; }));
  link.at_server()->resume();
  EXPECT_EQ(link.server.count("data"), 1U);
  ASSERT_TRUE(link.until([&] { return link.server.count("data") == 2; }));
  EXPECT_EQ(link.server.received, "abc");
}

TEST_P(CallOrder, PostAlwaysQueues) {
  Loop loop({.driver = driver()});
  std::string order;
  loop.post([&] {
    order += "a";
    loop.post([&] { order += "c"; });
    order += "b";
  });
  EXPECT_EQ(order, "");
  loop.run_once(loop.now());
  EXPECT_EQ(order, "ab") << "a task posted by a task runs in the next turn";
  loop.run_once(loop.now());
  EXPECT_EQ(order, "abc");
}

TEST_P(CallOrder, TimerThatIsDueRunsFromTheLoop) {
  Loop loop({.driver = driver()});
  int calls = 0;
  Timer timer(loop, [&] { ++calls; });
  timer.start(Duration::zero());
  EXPECT_EQ(calls, 0);
  ASSERT_TRUE(turn_until(loop, [&] { return calls == 1; }));
}

TEST_P(CallOrder, ResumeInsideOnDataOffersWhatThatCallLeaves) {
  Link link(driver());
  link.server.on_data = [&](Connection& peer, Bytes in) -> std::size_t {
    if (link.server.count("data") > 3) return in.size();
    peer.pause();  // for an answer, which is there at once
    peer.resume();
    return 0;
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("abcd");
  ASSERT_TRUE(link.until([&] { return link.server.received == "abcd"; }));
  EXPECT_EQ(link.server.count("data"), 4U);
}

TEST_P(CallOrder, ConnectionThatWasPausedBeforeItWasOpenHearsOfAReset) {
  Link link(driver());
  link.connect().pause();
  ASSERT_TRUE(link.until([&] { return link.client.opened() && link.server.opened(); }));
  link.at_server()->abort();
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_TRUE(link.client.why()) << "a reset is no clean end";
}

}  // namespace
}  // namespace eddy::test
