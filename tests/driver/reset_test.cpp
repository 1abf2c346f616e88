// A reset takes nothing away that had arrived before it, however many streams are ready and however much is unread.
#include <gtest/gtest.h>
#include <reactor/listener.h>

#include <algorithm>

#include "../support/fixture.h"
#include "raw_peers.h"

namespace eddy::test {
namespace {

constexpr std::size_t crowd = 100;  // FreeBSD answers with 200 resets a second (net.inet.icmp.icmplim)
const std::vector<std::string> data_then_failed{"data", "failed"};

class ResetOnDriver : public RawPeersTest {};
INSTANTIATE_TEST_SUITE_P(Drivers, ResetOnDriver, each_driver(), driver_of);

TEST_P(ResetOnDriver, DataOfManyArrivesBeforeTheirFailures) {
  connect_raw(crowd);
  for (auto& peer : peers) {
    peer.send("last words");
    peer.close_with_reset();
  }
  const auto all_failed = [&] {
    return std::all_of(streams.begin(), streams.end(), [](const auto& each) { return each->failures > 0; });
  };
  ASSERT_TRUE(wait_until(all_failed));
  for (const auto& stream : streams) {
    EXPECT_EQ(stream->received, "last words");
    EXPECT_EQ(stream->events, data_then_failed);
    EXPECT_EQ(stream->failed, std::errc::connection_reset);
  }
}

TEST_P(ResetOnDriver, DataOfManyArrivesThoughEachHasFinishedIntoTheReset) {
  connect_raw(crowd);
  for (auto& peer : peers) {
    peer.send("last words");
    peer.close_with_reset();
  }
  for (auto& stream : streams) EXPECT_EQ(driver_->end_output(*stream, true), std::error_code());
  ASSERT_TRUE(wait_until([&] {
    return std::all_of(streams.begin(), streams.end(),
                       [](const auto& each) { return each->failures > 0 || each->ended; });
  }));
  for (const auto& stream : streams) EXPECT_EQ(stream->received, "last words");
}

TEST_P(ResetOnDriver, DataOfManyArrivesThoughEachHasSentIntoTheReset) {
  connect_raw(crowd);
  for (auto& peer : peers) {
    peer.send("last words");
    peer.close_with_reset();
  }
  // A driver that sends at once may answer with the failure; what has arrived comes all the same.
  std::vector<bool> told(crowd);
  for (std::size_t i = 0; i < crowd; ++i) {
    streams[i]->output.append("too late", pool_);
    told[i] = driver_->flush(*streams[i]) != std::error_code();
  }
  const auto all_told = [&] {
    for (std::size_t i = 0; i < crowd; ++i) {
      if (told[i] ? streams[i]->deliveries == 0 : streams[i]->failures == 0) return false;
    }
    return true;
  };
  ASSERT_TRUE(wait_until(all_told));
  std::size_t lost = 0;
  for (std::size_t i = 0; i < crowd; ++i) {
    lost += streams[i]->received != "last words";
    if (!told[i] && streams[i]->deliveries > 0) {
      EXPECT_EQ(streams[i]->events, data_then_failed);
    }
  }
  EXPECT_EQ(lost, 0U) << "of " << crowd << ", what had arrived before the reset was not delivered";
}

TEST_P(ResetOnDriver, StreamThatItsLastDataClosesIsNotToldOfTheFailure) {
  connect_raw(crowd);
  for (auto& peer : peers) {
    peer.send("last words");
    peer.close_with_reset();
  }
  std::size_t closed = 0;
  for (auto& stream : streams) {
    stream->on_data = [&, each = stream.get()] {
      each->close(pool_);
      ++closed;
    };
    stream->output.append("too late", pool_);
    static_cast<void>(driver_->flush(*stream));
  }
  ASSERT_TRUE(wait_until([&] { return closed == crowd; }));
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  for (const auto& stream : streams) EXPECT_EQ(stream->events, std::vector<std::string>{"data"});
}

class ResetOnLoop : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, ResetOnLoop, each_driver(), driver_of);

// A broadcast runs into resets that the loop has not heard of.
TEST_P(ResetOnLoop, ManyConnectionsHearTheLastWordsThoughTheyAreSentTo) {
  Script server;
  std::vector<Id> ids;
  server.on_open = [&](Connection& connection) { ids.push_back(connection.id()); };
  Loop loop({.driver = driver()});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  std::vector<RawSocket> peers;
  for (std::size_t i = 0; i < crowd; ++i) {
    peers.emplace_back(listener.address());
    loop.run_once(loop.now());  // who has not been accepted has a place in the backlog
  }
  ASSERT_TRUE(turn_until(loop, [&] { return ids.size() == crowd; }));
  for (int i = 0; i < 5; ++i) loop.run_once(loop.now());
  for (auto& peer : peers) {
    peer.send("last words");
    peer.close_with_reset();
  }
  for (const auto id : ids) loop.find(id)->send("broadcast");
  ASSERT_TRUE(turn_until(loop, [&] { return server.count("close") == crowd; }));
  EXPECT_EQ(server.count("data"), crowd);
  EXPECT_EQ(server.received.size(), crowd * 10);
}

}  // namespace
}  // namespace eddy::test
