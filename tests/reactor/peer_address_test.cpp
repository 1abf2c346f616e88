// Who the peer is can be asked until on_close has returned, whatever ended the connection.
#include <gtest/gtest.h>
#include <reactor/observer.h>

#include "../support/fixture.h"
#include "../support/kernel.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class PeerAddress : public OnDriver {
 protected:
  // Whom and what on_close and the observer were told of.
  struct AccessLog final : Observer {
    void closed(const Connection& connection, std::error_code) override { peer = connection.peer_address(); }
    Address peer;
  };
  AccessLog log;
  Script script;
  Address told;
};
INSTANTIATE_TEST_SUITE_P(Drivers, PeerAddress, each_driver(), driver_of);

TEST_P(PeerAddress, IsKnownInOnCloseAfterAReset) {
  if (const auto wrong = wrong_peer_name(); !wrong.empty()) GTEST_SKIP() << wrong;
  for (const auto* url : {"tcp://127.0.0.1:0", "tcp://[::1]:0"}) {
    Loop loop({.driver = driver(), .observer = &log});
    const Listener<Scripted> listener(loop, url, script.factory());
    script.on_close = [&](Connection& peer, std::error_code) { told = peer.peer_address(); };
    const auto ends = script.reasons.size();
    RawSocket client(listener.address());
    const auto expected = client.local().to_string();
    ASSERT_TRUE(turn_until(loop, [&] { return loop.stats().open == 1; }));
    client.close_with_reset();
    ASSERT_TRUE(turn_until(loop, [&] { return script.reasons.size() > ends; }));
    EXPECT_EQ(script.why(), std::errc::connection_reset);
    EXPECT_EQ(told.to_string(), expected);
    EXPECT_EQ(log.peer.to_string(), expected);
  }
}

TEST_P(PeerAddress, IsKnownInOnCloseAfterACleanEnd) {
  if (const auto wrong = wrong_peer_name(); !wrong.empty()) GTEST_SKIP() << wrong;
  Loop loop({.driver = driver(), .observer = &log});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory());
  script.on_open = [](Connection& peer) { peer.close(); };
  script.on_close = [&](Connection& peer, std::error_code) { told = peer.peer_address(); };
  RawSocket client(listener.address());
  const auto expected = client.local().to_string();
  ASSERT_TRUE(turn_until(loop, [&] { return client.wait_readable({}); }));
  client.close();
  ASSERT_TRUE(turn_until(loop, [&] { return script.closed(); }));
  EXPECT_FALSE(script.why());
  EXPECT_EQ(told.to_string(), expected);
}

TEST_P(PeerAddress, OfAConnectThatFailsIsTheOneThatWasTried) {
  Loop loop({.driver = driver()});
  std::string nobody;
  {
    const Listener<Scripted> gone(loop, "tcp://127.0.0.1:0", script.factory());
    nobody = gone.address().to_string();
  }
  script.on_close = [&](Connection& peer, std::error_code) { told = peer.peer_address(); };
  connect<Scripted>(loop, nobody, script.factory());
  ASSERT_TRUE(turn_until(loop, [&] { return script.closed(); }));
  EXPECT_EQ(told.to_string(), nobody);
}

}  // namespace
}  // namespace eddy::test
