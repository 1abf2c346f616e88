// Contract 7: closing loses nothing. And contract 2: a connection ends exactly once.
#include <gtest/gtest.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class Close : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Close, each_driver(), driver_of);

TEST_P(Close, FlushesWhatWasSentThenSendsFin) {
  Link link(driver());
  const std::string payload(1'000'000, 'x');
  link.server.on_open = [&](Connection& peer) {
    peer.send(payload);
    peer.close();
  };
  ASSERT_TRUE(link.open());
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_EQ(link.client.received.size(), payload.size());
  EXPECT_EQ(link.client.why(), std::error_code());
  EXPECT_EQ(link.server.why(), std::error_code());
}

TEST_P(Close, WithUnreadInputDoesNotResetWhatWasSent) {
  Link link(driver());
  link.server.on_data = [](Connection& peer, Bytes in) {
    peer.send("bye");
    peer.close();
    return in.size();
  };
  RawSocket raw(link.listener->address());
  raw.send(std::string(1, 'a'));
  std::string got;
  ASSERT_TRUE(link.until([&] {
    if (!raw.ended()) raw.send(std::string(1000, 'b'));
    got += raw.read_some();
    return raw.ended();
  }));
  EXPECT_EQ(got, "bye");
  raw.close();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), std::error_code());
}

TEST_P(Close, GivesKeptInputBackThoughThePeerGoesOn) {
  Link link(driver());
  const std::string half(200'000, 'x');
  std::size_t offered = 0;
  link.server.on_data = [&](Connection& /*peer*/, Bytes in) {
    offered = in.size();
    return std::size_t{0};
  };
  RawSocket raw(link.listener->address());
  raw.send(half);
  ASSERT_TRUE(link.until([&] { return offered == half.size(); }));
  ASSERT_TRUE(link.until([&] { return link.at_server()->kept() == half.size(); }));
  EXPECT_GE(link.loop.stats().memory, half.size());
  link.at_server()->close();
  EXPECT_TRUE(link.until([&] { return link.loop.stats().memory == 0; }));
  EXPECT_FALSE(link.server.closed()) << "close() waits for the peer's end";
}

// As long as it keeps a byte of each packet, a session would hold the memory of the largest one.
TEST_P(Close, RestOfMuchInputHoldsLittleMemory) {
  Link link(driver());
  const std::string all(200'000, 'x');
  std::size_t offered = 0;
  link.server.on_data = [&](Connection& /*peer*/, Bytes in) {
    offered = in.size();
    return offered == all.size() ? offered - 1 : 0;
  };
  RawSocket raw(link.listener->address());
  raw.send(all);
  ASSERT_TRUE(link.until([&] { return offered == all.size() && link.at_server()->kept() == 1; }));
  EXPECT_LE(link.loop.stats().memory, 16 * 1024U);
  raw.send("y");
  EXPECT_TRUE(link.until([&] { return offered == 2; }));
}

TEST_P(Close, AfterFinishDoesNotWaitForThePeerForEver) {
  Link link(driver(), "tcp", {.connection = {.linger_timeout = std::chrono::milliseconds(20)}});
  const RawSocket silent(link.listener->address());
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->pause();
  link.at_server()->finish();
  turn_for(link.loop, std::chrono::milliseconds(5));
  link.at_server()->close();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), std::error_code());
}

// A client that writes all it has before it reads anything, at a server that had paused it.
TEST_P(Close, OfAPausedConnectionLetsThePeerComeToItsReading) {
  Link link(driver());
  std::size_t echoed = 0;
  link.server.on_data = [&](Connection& peer, Bytes in) {
    echoed += in.size();
    if (peer.send(in) != SendResult::accepted) peer.pause();
    return in.size();
  };
  const std::string all(20'000'000, 'x');
  link.client.on_open = [&](Connection& peer) {
    peer.pause();
    for (int i = 0; i < 2; ++i) peer.send(all.substr(0, all.size() / 2));
  };
  const ConnectOptions large{.connection = {.output_cap = 64 << 20}};
  ASSERT_TRUE(link.open(large));
  ASSERT_TRUE(link.until([&] { return link.at_server()->paused(); }));
  link.at_server()->close();
  ASSERT_TRUE(link.until([&] { return link.at_client()->queued() == 0; })) << "it can write to the end";
  link.at_client()->resume();
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_EQ(link.client.received.size(), echoed);
  EXPECT_EQ(link.server.why(), std::error_code());
}

TEST_P(Close, ReasonGivenIsTheOneToldWhateverCutsTheClosingShort) {
  Link link(driver(), "tcp", {.connection = {.write_stall_timeout = std::chrono::milliseconds(20)}});
  const RawSocket deaf(link.listener->address(), 4096);
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->send(std::string(10'000'000, 'x'));
  link.at_server()->close(Errc::message_too_long);
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::message_too_long);
}

}  // namespace
}  // namespace eddy::test
