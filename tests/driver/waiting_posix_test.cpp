// The driver contract where it is about descriptors: their end, and the driver's own.
#include <gtest/gtest.h>
#include <reactor/driver/sockaddr.h>
#include <reactor/loop.h>
#include <unistd.h>

#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "fake_endpoints.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class DescriptorsOnDriver : public DriverTest {};

TEST_P(DescriptorsOnDriver, ExhaustedDescriptorsPauseAcceptingAndShedOne) {
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  RawSocket waiting(address);
  bool noticed = false;
  {
    const DescriptorLimit tight(0);
    noticed = wait_until([&] { return acceptor.failures > 0; });
    for (int i = 0; i < 20; ++i) driver_->wait(driver_->now() + 1ms);
  }
  ASSERT_TRUE(noticed);
  EXPECT_EQ(acceptor.failed, std::errc::too_many_files_open);
  EXPECT_EQ(acceptor.failures, 1) << "accepting should be paused after a failure";
  EXPECT_EQ(acceptor.sheds, 1);
  ASSERT_TRUE(wait_until([&] { return waiting.read_some().empty() && (waiting.ended() || waiting.reset()); }));
  const RawSocket later(address);
  driver_->accept(acceptor, true);
  ASSERT_TRUE(wait_until([&] { return acceptor.sockets.size() == 1; }));
  driver_->discard(acceptor.sockets.front());
  driver_->close(acceptor);
}

TEST_P(DescriptorsOnDriver, DescriptorTurnsReadableWhenThereIsSomethingToReport) {
  const auto descriptor = driver_->descriptor();
  if (GetParam() == "poll") {
    EXPECT_FALSE(descriptor.has_value());
    return;
  }
  ASSERT_TRUE(descriptor.has_value());
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  EXPECT_EQ(driver_->next_deadline(), never);
  auto outer_stats = Stats();
  BlockPool outer_pool;
  std::string reason;
  const auto outer = driver::make_driver("poll", outer_stats, outer_pool, reason);
  outer->refresh();
  TestWatched inner;
  ASSERT_EQ(outer->watch(inner, *descriptor, Interest::read), std::error_code());
  outer->wait(outer->clock() + 5ms);
  EXPECT_EQ(inner.calls, 0);
  ASSERT_EQ(::send(ours.socket, "x", 1, MSG_NOSIGNAL), 1);
  outer->wait(outer->clock() + 20s);
  EXPECT_GT(inner.calls, 0);
  outer->unwatch(inner);
  ours.close(pool_);
  theirs.close(pool_);
}

TEST_P(DescriptorsOnDriver, ForeignPipeIsReportedWhileItIsReady) {
  const auto pipes = open_pipe();
  TestWatched watched;
  ASSERT_EQ(driver_->watch(watched, pipes[0], Interest::read), std::error_code());
  driver_->wait(driver_->now() + 5ms);
  EXPECT_EQ(watched.calls, 0);
  ASSERT_EQ(::write(pipes[1], "x", 1), 1);
  ASSERT_TRUE(wait_until([&] { return watched.calls >= 3; })) << "level-triggered";
  EXPECT_TRUE(watched.last.read);
  driver_->unwatch(watched);
  EXPECT_EQ(::close(pipes[0]), 0) << "it is not the driver's to close";
  ::close(pipes[1]);
}

// A UDP datagram cannot be longer than the receive buffer; a Unix one can.
TEST_P(DescriptorsOnDriver, DatagramLongerThanTheBufferIsDroppedCountedAndTold) {
  TestDatagrams socket;
  auto local = Address::parse(free_address("unixgram"));
  ASSERT_EQ(driver_->bind(socket, local, {}), std::error_code());
  driver_->receive(socket, true);
  RawSocket peer(local);
  peer.set_send_buffer(1 << 20);
  const std::string whole(60'000, 'w');
  for (int i = 0; i < 3; ++i) {
    // One that is longer than its receiver's buffer is ENOBUFS on the BSDs and macOS.
    if (peer.send_some(std::string(70'000 + static_cast<std::size_t>(i), 'x')) == 0) {
      driver_->close(socket);
      GTEST_SKIP() << "no Unix datagram is as long as that here";
    }
    peer.send(whole);
    const auto expected = static_cast<std::size_t>(i) + 1;
    ASSERT_TRUE(wait_until([&] { return socket.received.size() == expected; }));
    EXPECT_EQ(stats_.datagrams_truncated, expected);
    ASSERT_EQ(socket.failures.size(), expected);
    EXPECT_EQ(socket.failures.back(), Errc::datagram_too_long);
  }
  for (const auto& received : socket.received) EXPECT_TRUE(received == whole);
  driver_->close(socket);
}

INSTANTIATE_TEST_SUITE_P(Drivers, DescriptorsOnDriver, each_driver(), driver_of);

}  // namespace
}  // namespace eddy::test
