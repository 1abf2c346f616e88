// Time-outs of a connection: idle, write stall, lifetime, linger; and half-close in both orders.
#include <gtest/gtest.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Timeouts : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Timeouts, each_driver(), driver_of);

class HalfClose : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, HalfClose, each_driver(), driver_of);

// A session with nothing but on_data: the engine's own answers.
struct Plain {
  Script* script;
  void on_data(Connection& peer, Bytes in) const { peer.send(in); }
  void on_close(Connection&, std::error_code why) const { script->reasons.push_back(why); }
};

TEST_P(Timeouts, IdleConnectionWithoutOnIdleEnds) {
  Script script;
  Loop loop({.driver = driver()});
  const Listener<Plain> listener(loop, "tcp://127.0.0.1:0", [&] { return Plain{&script}; },
                                 {.connection = {.idle_timeout = 40ms}});
  RawSocket peer(listener.address());
  const auto began = loop.clock();
  ASSERT_TRUE(turn_until(loop, [&] {
    peer.read_some();
    return peer.ended();
  }));
  EXPECT_GE(loop.clock() - began, 40ms);
  peer.close();
  ASSERT_TRUE(turn_until(loop, [&] { return !script.reasons.empty(); }));
  EXPECT_EQ(script.why(), Errc::idle_timeout);
}

TEST_P(Timeouts, VanishedPeerThatNeverAnswersTheFinEndsToo) {
  Link link(driver(), "tcp", {.connection = {.idle_timeout = 20ms, .linger_timeout = 20ms}});
  const RawSocket peer(link.listener->address());  // reads nothing, ends nothing
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::idle_timeout);
}

TEST_P(Timeouts, OnIdleComesAgainAndAgainWhileTheSessionWantsToWait) {
  Link link(driver(), "tcp", {.connection = {.idle_timeout = 15ms}});
  link.server.on_idle = [](Connection& peer) { peer.send("ping"); };
  link.client.on_idle = [](Connection&) {};
  ASSERT_TRUE(link.open());
  ASSERT_TRUE(link.until([&] { return link.server.count("idle") == 3; }));
  EXPECT_FALSE(link.server.closed());
  ASSERT_TRUE(link.until([&] { return link.client.received.starts_with("pingping"); }));
}

TEST_P(Timeouts, ActivityInEitherDirectionPutsIdleOff) {
  Link link(driver(), "tcp", {.connection = {.idle_timeout = 200ms}});
  ASSERT_TRUE(link.open());
  const auto until = link.loop.clock() + 500ms;
  bool in = false;
  while (link.loop.clock() < until) {
    auto* sender = (in = !in) ? link.at_client() : link.at_server();
    ASSERT_NE(sender, nullptr);
    sender->send("x");
    turn_for(link.loop, 20ms);
  }
  EXPECT_EQ(link.server.count("idle"), 0U);
}

TEST_P(Timeouts, PeerThatTakesNothingIsAWriteStall) {
  Link link(driver(), "tcp", {.connection = {.write_stall_timeout = 60ms}});
  link.client.on_open = [](Connection& peer) { peer.pause(); };
  ASSERT_TRUE(link.open());
  // On a slow machine it is over before that much is queued.
  for (auto* server = link.at_server(); server != nullptr && server->queued() < 1'000'000; server = link.at_server()) {
    server->send(std::string(100'000, 'x'));
    link.loop.run_once(link.loop.now());
  }
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::write_stalled);
}

TEST_P(Timeouts, SlowReaderIsNoWriteStall) {
  const SocketOptions small{.receive_buffer = 8 * 1024, .send_buffer = 8 * 1024};
  Link link(driver(), "tcp", {.socket = small, .connection = {.write_stall_timeout = 400ms}});
  RawSocket peer(link.listener->address(), 8 * 1024);
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->send(std::string(400'000, 'x'));
  // Always some progress within the time-out, though all of it takes longer.
  std::size_t read = 0;
  const auto began = link.loop.clock();
  while (link.loop.clock() < began + 900ms && read < 350'000) {
    read += peer.read_some(5'000).size();
    turn_for(link.loop, 10ms);
  }
  EXPECT_FALSE(link.server.closed());
}

TEST_P(Timeouts, WriteStallAlsoEndsAConnectionThatIsClosing) {
  Link link(driver(), "tcp", {.connection = {.write_stall_timeout = 60ms}});
  const RawSocket peer(link.listener->address(), 8 * 1024);
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->send(std::string(8'000'000, 'x'));
  link.at_server()->close();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::write_stalled);
}

TEST_P(Timeouts, MaximumLifetimeEndsABusyConnection) {
  Link link(driver(), "tcp", {.connection = {.max_lifetime = 60ms}});
  link.server.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  link.client.on_open = [](Connection& peer) { peer.send("x"); };
  link.client.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  ASSERT_TRUE(link.open());
  const auto opened = link.loop.clock();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_GE(link.loop.clock() - opened, 30ms);
  EXPECT_EQ(link.server.why(), Errc::lifetime_ended);
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_FALSE(link.client.why()) << "what was sent arrived, and then a FIN";
}

// Elsewhere it means none; here it would be an end at once.
TEST_P(Timeouts, TimeoutOfNothingIsRefusedByItsName) {
  Link link(driver());
  const auto address = link.listener->address().to_string();
  ASSERT_TRUE(link.open());
  const auto refused = [](auto call) -> std::string {
    try {
      call();
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::invalid_argument);
      return error.what();
    }
    return "not refused";
  };
  const auto expect = [&](const std::string& name, const ConnectionOptions& options) {
    const auto named = "ConnectionOptions::" + name + ": expected more than 0";
    const auto on_listening = refused(
        [&] { Listener<Scripted>(link.loop, "tcp://127.0.0.1:0", link.server.factory(), {.connection = options}); });
    const auto on_connecting =
        refused([&] { connect<Scripted>(link.loop, address, link.client.factory(), {.connection = options}); });
    const auto on_setting = refused([&] { link.at_client()->set_options(options); });
    for (const auto& said : {on_listening, on_connecting, on_setting}) {
      EXPECT_NE(said.find(named), std::string::npos) << said;
    }
  };
  for (const auto nothing : {Duration(0), Duration(-1)}) {
    expect("idle_timeout", {.idle_timeout = nothing});
    expect("write_stall_timeout", {.write_stall_timeout = nothing});
    expect("max_lifetime", {.max_lifetime = nothing});
    const auto said =
        refused([&] { connect<Scripted>(link.loop, address, link.client.factory(), {.timeout = nothing}); });
    EXPECT_NE(said.find("ConnectOptions::timeout: expected more than 0"), std::string::npos) << said;
    for (const auto keep_alive : {KeepAlive{.idle = nothing}, KeepAlive{.interval = nothing}}) {
      const auto of_socket = refused([&] {
        connect<Scripted>(link.loop, address, link.client.factory(), {.socket = {.keep_alive = keep_alive}});
      });
      EXPECT_NE(of_socket.find("SocketOptions::keep_alive.i"), std::string::npos) << of_socket;
    }
  }
  EXPECT_EQ(link.loop.stats().open, 2U);
}

TEST_P(Timeouts, SetOptionsCountsFromTheLastActivity) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  turn_for(link.loop, 50ms);
  ConnectionOptions options;
  options.idle_timeout = 40ms;
  link.at_server()->set_options(options);
  EXPECT_EQ(link.server.count("idle"), 0U);
  link.loop.run_once(link.loop.clock() + 10ms);
  EXPECT_EQ(link.server.count("idle"), 1U);
}

TEST_P(Timeouts, CloseWaitsForThePeersFinUntilTheLingerTimeout) {
  Link link(driver(), "tcp", {.connection = {.linger_timeout = 40ms}});
  RawSocket peer(link.listener->address());
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->send("bye");
  link.at_server()->close();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_FALSE(link.server.why());
  EXPECT_EQ(peer.read_some(), "bye");
  peer.read_some();
  EXPECT_TRUE(peer.ended());
}

TEST_P(Timeouts, WithNoLingerCloseEndsAsSoonAsItsOutputIsOut) {
  Link link(driver(), "tcp", {.connection = {.linger_timeout = 0s}});
  RawSocket peer(link.listener->address());
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->send("bye");
  link.at_server()->close();
  link.loop.run_once(link.loop.now());
  link.loop.run_once(link.loop.now());
  EXPECT_TRUE(link.server.closed());
  std::string all;
  ASSERT_TRUE(link.until([&] {
    all += peer.read_some();
    return peer.ended();
  }));
  EXPECT_EQ(all, "bye");
}

// ---- half-close

TEST_P(HalfClose, FinishingFirstStillReceivesTheAnswer) {
  Link link(driver());
  link.server.on_end = [](Connection& peer) {
    peer.send("you said: " + std::to_string(peer.bytes_in()) + " bytes");
    peer.close();
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("question");
  EXPECT_TRUE(link.at_client()->finish());
  EXPECT_FALSE(link.at_client()->finish()) << "only once";
  EXPECT_EQ(link.at_client()->send("more"), SendResult::refused);
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_EQ(link.client.received, "you said: 8 bytes");
  EXPECT_EQ(link.client.events, (std::vector<std::string>{"open", "data", "end", "close"}));
  EXPECT_FALSE(link.client.why());
  EXPECT_FALSE(link.server.why());
}

TEST_P(HalfClose, PeersEndLeavesSendingOpenForASessionThatWantsIt) {
  Link link(driver());
  link.server.on_end = [](Connection&) {};
  link.client.on_end = [](Connection&) {};
  ASSERT_TRUE(link.open());
  link.at_client()->finish();
  ASSERT_TRUE(link.until([&] { return link.server.count("end") == 1; }));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(link.at_server()->send("late "), SendResult::accepted);
    turn_for(link.loop, 2ms);
  }
  EXPECT_FALSE(link.server.closed());
  link.at_server()->finish();
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_EQ(link.client.received, "late late late ");
  EXPECT_FALSE(link.server.why()) << "both directions ended: a clean end without a close()";
}

TEST_P(HalfClose, BothAtOnceEndCleanly) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  link.at_client()->finish();
  link.at_server()->finish();
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_FALSE(link.client.why());
  EXPECT_FALSE(link.server.why());
}

TEST_P(HalfClose, FinishToAPeerThatHasClosedIsACleanEnd) {
  for (const auto* kind : {"tcp", "unix"}) {
    if (kind == std::string("unix") && !has_unix_sockets()) continue;
    Link link(driver(), kind);
    link.server.on_end = [](Connection& peer) { peer.finish(); };
    RawSocket peer(link.listener->address());
    peer.send("bye");
    peer.close();
    ASSERT_TRUE(link.until([&] { return link.server.closed(); })) << kind;
    EXPECT_EQ(link.server.received, "bye") << kind;
    EXPECT_FALSE(link.server.why()) << kind << ": " << link.server.why().message();
  }
}

TEST_P(HalfClose, FinishWaitsForTheQueueToDrain) {
  Link link(driver());
  link.client.on_open = [](Connection& peer) { peer.pause(); };
  ASSERT_TRUE(link.open());
  const std::string much(6'000'000, 'x');
  link.at_server()->send(much);
  link.at_server()->finish();
  turn_for(link.loop, 5ms);
  EXPECT_GT(link.at_server()->queued(), 0U);
  link.at_client()->resume();
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_EQ(link.client.received.size(), much.size());
}

}  // namespace
}  // namespace eddy::test
