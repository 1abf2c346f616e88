// Contract 7: draining as one call.
#include <gtest/gtest.h>
#include <reactor/datagram.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Draining : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Draining, each_driver(), driver_of);

TEST_P(Draining, ClosesListenersLetsConnectionsFinishAndEndsTheRun) {
  Link link(driver());
  link.client.on_drain = [](Connection&) {};  // wants to read to the end
  ASSERT_TRUE(link.open());
  const std::string much(5'000'000, 'x');
  link.at_server()->send(much);
  EXPECT_FALSE(link.loop.draining());
  link.loop.drain(patience);
  EXPECT_TRUE(link.loop.draining());
  EXPECT_FALSE(link.server.count("drain")) << "nothing runs before the call returns";
  link.loop.run();
  EXPECT_TRUE(link.listener->closed());
  EXPECT_EQ(link.client.received.size(), much.size()) << "what was sent has arrived";
  EXPECT_EQ(link.server.count("drain"), 1U);
  EXPECT_FALSE(link.server.why());
  EXPECT_FALSE(link.client.why());
  EXPECT_FALSE(link.loop.draining());
}

TEST_P(Draining, WithNothingOpenEndsAtOnce) {
  Loop loop({.driver = driver()});
  loop.drain(patience);
  loop.run();
  EXPECT_LE(loop.stats().turns, 2U);
}

TEST_P(Draining, GivesASessionTheChanceToFinishItsWork) {
  Link link(driver());
  link.server.on_drain = [](Connection& peer) { peer.send("almost done; "); };
  link.server.on_data = [](Connection& peer, Bytes in) {
    peer.send("done");
    peer.close();
    return in.size();
  };
  link.client.on_drain = [](Connection&) {};
  link.client.on_data = [](Connection& peer, Bytes in) {
    if (peer.bytes_in() <= in.size()) peer.send("last request");
    return in.size();
  };
  ASSERT_TRUE(link.open());
  link.loop.drain(patience);
  link.loop.run();
  EXPECT_EQ(link.client.received, "almost done; done");
  EXPECT_FALSE(link.server.why());
}

TEST_P(Draining, EndsWhatIsStillOpenAtItsDeadline) {
  Link link(driver());
  link.server.on_drain = [](Connection&) {};  // does not care
  link.client.on_drain = [](Connection&) {};
  ASSERT_TRUE(link.open());
  const auto began = link.loop.clock();
  link.loop.drain(50ms);
  link.loop.run();
  EXPECT_GE(link.loop.clock() - began, 50ms);
  EXPECT_EQ(link.server.why(), Errc::drain_deadline);
  EXPECT_EQ(link.client.why(), Errc::drain_deadline);
}

TEST_P(Draining, SecondCallCanOnlyShortenThePatience) {
  Link link(driver());
  link.server.on_drain = [](Connection&) {};
  link.client.on_drain = [](Connection&) {};
  ASSERT_TRUE(link.open());
  link.loop.drain(24h);
  link.loop.drain(30ms);
  link.loop.drain(24h);
  link.loop.run();
  EXPECT_EQ(link.server.why(), Errc::drain_deadline);
}

TEST_P(Draining, SendsWhatDatagramSocketsHaveQueued) {
  struct Deaf {
    static void on_datagram(DatagramSocket&, Bytes, const Address&) {}
  };
  if (!Address::has_abstract_names()) GTEST_SKIP() << "no Unix datagrams that wait for room here";
  Loop loop({.driver = driver()});
  Datagram<Deaf> sender(loop, "unixgram:");
  Datagram<Deaf> receiver(loop, "unixgram:");
  receiver.pause();
  while (sender.queued() < 100'000) {
    sender.send_to(receiver.address(), std::string(1000, 'x'));
    loop.run_once(loop.now());
  }
  Timer later(loop, [&] { receiver.resume(); });
  later.start(20ms);
  loop.drain(patience);
  loop.run();
  EXPECT_EQ(sender.queued(), 0U);
}

TEST_P(Draining, LoopCanServeAgainAfterwards) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  link.loop.drain(patience);
  link.loop.run();
  link.listener = std::make_unique<Listener<Scripted>>(link.loop, free_address("tcp"), link.server.factory());
  const auto opened = link.server.count("open");
  link.connect();
  ASSERT_TRUE(link.until([&] { return link.server.count("open") == opened + 1; }));
}

TEST_P(Draining, EndsThoughSessionsConnectAnewAsTheyEnd) {
  Link link(driver());
  const auto again = [&](Connection&, std::error_code) {
    if (link.client.count("close") < 100'000) link.connect();
  };
  link.client.on_close = again;
  ASSERT_TRUE(link.open());
  link.loop.drain(50ms);
  link.loop.run();
  link.client.on_close = nullptr;
}

TEST_P(Draining, TellsAConnectionThatOpensMeanwhile) {
  Link link(driver());
  link.server.on_drain = [](Connection&) {};  // takes its time
  ASSERT_TRUE(link.open());
  RawSocket other(link.listener->address());  // is in the backlog, or lost with it
  Script late;
  Listener<Scripted> elsewhere(link.loop, free_address("tcp"), late.factory());
  bool made = false;
  link.client.on_drain = [&](Connection&) {
    if (std::exchange(made, true)) return;
    eddy::connect<Scripted>(link.loop, elsewhere.address().to_string(), late.factory());
  };
  link.loop.drain(200ms);
  link.loop.run();
  EXPECT_EQ(late.count("open"), late.count("drain"));
}

}  // namespace
}  // namespace eddy::test
