// The driver contract for bounded work: who has endless input does not keep the others waiting, counted in waits.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "raw_peers.h"

namespace eddy::test {
namespace {

class FairnessOnDriver : public RawPeersTest {
 protected:
  static constexpr int patience_in_waits = 100;

  // How many waits it takes until `told()`, while `feed` keeps the loud ones supplied before each. A wait that finds
  // nothing lasts a while: the system may be late with what was sent.
  template <class Feed, class Told>
  int waits_until(Feed feed, Told told) {
    int waits = 0;
    for (; waits < patience_in_waits && !told(); ++waits) {
      feed();
      driver_->wait(driver_->now() + std::chrono::milliseconds(100));
    }
    return waits;
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, FairnessOnDriver, each_driver(), driver_of);

TEST_P(FairnessOnDriver, FloodedDatagramSocketDoesNotKeepAnotherOneWaiting) {
  TestDatagrams loud;
  TestDatagrams quiet;
  auto loud_address = Address::parse("udp://127.0.0.1:0");
  auto quiet_address = loud_address;
  ASSERT_EQ(driver_->bind(loud, loud_address, {}), std::error_code());
  ASSERT_EQ(driver_->bind(quiet, quiet_address, {}), std::error_code());
  driver_->receive(loud, true);
  driver_->receive(quiet, true);
  RawSocket flood(loud_address);
  RawSocket whisper(quiet_address);
  // More than one wait takes.
  const auto feed = [&] {
    for (int i = 0; i < 200; ++i) flood.send_some("loud");
  };
  EXPECT_LT(waits_until(feed, [&] { return loud.received.size() > 200; }), patience_in_waits);
  for (int round = 0; round < 5; ++round) {
    const auto before = quiet.received.size();
    const auto noise = loud.received.size();
    whisper.send("me too");
    wait_for_input(static_cast<int>(quiet.socket));
    EXPECT_LT(waits_until(feed, [&] { return quiet.received.size() > before; }), patience_in_waits) << round;
    EXPECT_LT(waits_until(feed, [&] { return loud.received.size() > noise; }), patience_in_waits) << round;
  }
  driver_->close(loud);
  driver_->close(quiet);
}

TEST_P(FairnessOnDriver, StreamWithMoreThanAMegabyteWaitingDoesNotKeepAnotherOneWaiting) {
  connect_raw(1, {.receive_buffer = 4 << 20});
  peers[0].set_send_buffer(4 << 20);
  connect_raw(1);
  auto& loud = *streams[0];
  auto& quiet = *streams[1];
  loud.on_data = [&] { loud.received.clear(); };
  const std::string piece(256 * 1024, 'x');
  std::size_t most = 0;
  const auto feed = [&] {
    std::size_t fed = 0;
    while (const auto sent = peers[0].send_some(piece)) fed += sent;
    most = std::max(most, fed);
  };
  EXPECT_LT(waits_until(feed, [&] { return loud.deliveries > 30; }), patience_in_waits);
  for (int round = 0; round < 5; ++round) {
    const auto before = quiet.deliveries;
    const auto noise = loud.deliveries;
    peers[1].send("me too");
    wait_for_input(static_cast<int>(quiet.socket));
    EXPECT_LT(waits_until(feed, [&] { return quiet.deliveries > before; }), patience_in_waits) << round;
    EXPECT_LT(waits_until(feed, [&] { return loud.deliveries > noise; }), patience_in_waits) << round;
  }
  RecordProperty("most_waiting", std::to_string(most));
}

TEST_P(FairnessOnDriver, CrowdOfBusyStreamsDoesNotKeepAnotherOneWaiting) {
  constexpr std::size_t crowd = 40;
  connect_raw(crowd + 1);
  auto& quiet = *streams[crowd];
  const std::string piece(128 * 1024, 'x');
  const auto feed = [&] {
    for (std::size_t i = 0; i < crowd; ++i) peers[i].send_some(piece);
  };
  for (auto& stream : streams) stream->on_data = [self = stream.get()] { self->received.clear(); };
  const auto all_heard = [&] {
    return std::all_of(streams.begin(), streams.end() - 1, [](const auto& each) { return each->deliveries > 3; });
  };
  EXPECT_LT(waits_until(feed, all_heard), patience_in_waits) << "each of the crowd has its turn";
  for (int round = 0; round < 5; ++round) {
    const auto before = quiet.deliveries;
    peers[crowd].send("me too");
    wait_for_input(static_cast<int>(quiet.socket));
    EXPECT_LT(waits_until(feed, [&] { return quiet.deliveries > before; }), patience_in_waits) << round;
  }
}

}  // namespace
}  // namespace eddy::test
