// The driver contract for streams (reactor/driver/driver.h, endpoint.h).
#include <gtest/gtest.h>
#include <reactor/driver/socket_calls.h>
#include <reactor/loop.h>

#include "../support/raw_socket.h"
#include "fake_endpoints.h"

namespace eddy::test {
namespace {

class StreamOnDriver : public DriverTest {};

TEST_P(StreamOnDriver, NoCallReportsBeforeItReturns) {
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  TestStream near(*driver_);
  ASSERT_EQ(driver_->connect(near, address, nullptr, {}), std::error_code());
  EXPECT_FALSE(near.connected);
  ASSERT_TRUE(wait_until([&] { return near.connected && acceptor.sockets.size() == 1; }));
  TestStream far(*driver_);
  ASSERT_EQ(driver_->adopt(far, acceptor.sockets.front()), std::error_code());
  send(near, "early");
  driver_->receive(far, true);
  EXPECT_EQ(far.received, "");
  ASSERT_TRUE(wait_until([&] { return far.received == "early"; }));
  near.close(pool_);
  far.close(pool_);
  driver_->close(acceptor);
}

TEST_P(StreamOnDriver, DataAndEndInOneEventBothArriveInOrder) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  driver_->receive(far, false);
  send(near, "last words");
  ASSERT_TRUE(wait_until([&] { return near.output.empty(); }));
  ASSERT_EQ(driver_->end_output(near), std::error_code());
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  EXPECT_EQ(far.received, "");
  driver_->receive(far, true);
  ASSERT_TRUE(wait_until([&] { return far.ended; }));
  EXPECT_EQ(far.received, "last words");
  EXPECT_EQ(far.events, (std::vector<std::string>{"data", "end"}));
  near.close(pool_);
  far.close(pool_);
}

TEST_P(StreamOnDriver, DataAndEndThatFindItReceivingArriveInOrder) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  // Both at once, whatever the driver does.
  const Bytes last[] = {"last words"};
  std::error_code error;
  ASSERT_EQ(driver::send(near.socket, last, error), 10U);
  ASSERT_EQ(driver_->end_output(near), std::error_code());
  ASSERT_TRUE(wait_until([&] { return far.ended; }));
  EXPECT_EQ(far.received, "last words");
  EXPECT_EQ(far.events, (std::vector<std::string>{"data", "end"}));
  for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  EXPECT_EQ(far.events.size(), 2U) << "and once";
  near.close(pool_);
  far.close(pool_);
}

TEST_P(StreamOnDriver, HalfCloseLeavesTheOtherDirectionOpen) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  ASSERT_EQ(driver_->end_output(near), std::error_code());
  ASSERT_TRUE(wait_until([&] { return far.ended; }));
  send(far, "still here");
  ASSERT_TRUE(wait_until([&] { return near.received == "still here"; }));
  EXPECT_FALSE(near.ended);
  ASSERT_EQ(driver_->end_output(far), std::error_code());
  ASSERT_TRUE(wait_until([&] { return near.ended; }));
  near.close(pool_);
  far.close(pool_);
}

TEST_P(StreamOnDriver, ResetIsReportedOnce) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  near.close(pool_, true);
  ASSERT_TRUE(wait_until([&] { return far.failures > 0; }));
  EXPECT_EQ(far.failed, std::errc::connection_reset);
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  EXPECT_EQ(far.failures, 1);
  EXPECT_FALSE(far.ended);
  far.close(pool_);
}

TEST_P(StreamOnDriver, ResetIsReportedWhileNobodyReceives) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  driver_->receive(far, false);
  near.close(pool_, true);
  ASSERT_TRUE(wait_until([&] { return far.failures > 0; }));
  far.close(pool_);
}

TEST_P(StreamOnDriver, RefusedConnectIsReportedAndTheStreamCanConnectAgain) {
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  driver_->close(acceptor);
  TestStream stream(*driver_);
  auto error = driver_->connect(stream, address, nullptr, {});
  if (!error) {
    ASSERT_TRUE(wait_until([&] { return stream.connected; }));
    error = stream.connect_result;
  }
  EXPECT_EQ(error, std::errc::connection_refused);
  TestAcceptor second;
  const auto there = listen(second);
  stream.connected = false;
  ASSERT_EQ(driver_->connect(stream, there, nullptr, {}), std::error_code());
  ASSERT_TRUE(wait_until([&] { return stream.connected; }));
  EXPECT_EQ(stream.connect_result, std::error_code());
  stream.close(pool_);
  ASSERT_TRUE(wait_until([&] { return second.sockets.size() == 1; }));
  driver_->discard(second.sockets.front());
  driver_->close(second);
}

TEST_P(StreamOnDriver, WriteStallEndsWithProgressAndLosesNothing) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  driver_->receive(far, false);
  std::string sent;
  for (int i = 0; near.output.empty(); ++i) {
    const std::string piece(100'000, static_cast<char>('a' + i % 26));
    sent += piece;
    send(near, piece);
  }
  const auto stalled = near.output.size();
  EXPECT_GT(stalled, 0U);
  driver_->receive(far, true);
  ASSERT_TRUE(wait_until([&] { return far.received.size() == sent.size(); }));
  EXPECT_TRUE(far.received == sent);
  EXPECT_TRUE(near.output.empty());
  EXPECT_GT(near.progress, 0);
  near.close(pool_);
  far.close(pool_);
}

TEST_P(StreamOnDriver, FlushWithTakesTheQueueFirst) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  near.output.append("queue ", pool_);
  std::size_t taken = 0;
  ASSERT_EQ(driver_->flush_with(near, "payload", taken), std::error_code());
  const auto rest = Bytes("payload").without_first(taken);
  if (!rest.empty()) send(near, rest);
  ASSERT_TRUE(wait_until([&] { return far.received.size() == 13; }));
  EXPECT_EQ(far.received, "queue payload");
  near.close(pool_);
  far.close(pool_);
}

// One epoll registration is made for a stream's life: pausing must lose no edge.
TEST_P(StreamOnDriver, PauseAndResumeUnderLoadLosesNothing) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  std::string sent;
  bool on = true;
  for (int i = 0; i < 2000; ++i) {
    sent += std::to_string(i);
    near.output.append(std::to_string(i), pool_);
    ASSERT_EQ(driver_->flush(near), std::error_code());
    if (i % 3 == 0) {
      on = !on;
      driver_->receive(far, on);
    }
    driver_->wait(driver_->now());
  }
  driver_->receive(far, true);
  ASSERT_TRUE(wait_until([&] { return far.received.size() == sent.size(); }));
  EXPECT_EQ(far.received, sent);
  near.close(pool_);
  far.close(pool_);
}

TEST_P(StreamOnDriver, EndlessInputDoesNotKeepTheOthersWaiting) {
  TestStream loud(*driver_);
  TestStream loud_end(*driver_);
  connect_pair(loud, loud_end);
  TestStream quiet(*driver_);
  TestStream quiet_end(*driver_);
  connect_pair(quiet, quiet_end);
  // Each delivery brings more than the reader took.
  const std::string flood(300'000, 'x');
  loud_end.on_data = [&] {
    if (loud.output.size() < flood.size()) send(loud, flood);
  };
  send(loud, flood);
  ASSERT_TRUE(wait_until([&] { return loud_end.deliveries > 3; }));
  send(quiet, "me too");
  const int before = loud_end.deliveries;
  int waits = 0;
  while (quiet_end.received.empty() && waits < 100) {
    driver_->wait(driver_->now());
    ++waits;
  }
  EXPECT_EQ(quiet_end.received, "me too");
  EXPECT_GT(loud_end.deliveries, before);
  loud_end.on_data = nullptr;
  for (auto* stream : {&loud, &loud_end, &quiet, &quiet_end}) stream->close(pool_);
}

// A read stops at the urgent mark though more is behind it (tcp(7)); an edge-triggered reader must not stall there.
TEST_P(StreamOnDriver, UrgentDataDoesNotStallWhatIsBehindIt) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  driver_->receive(far, false);
  send(near, "before");
  send_urgent(near.socket, '!');
  send(near, "behind");
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(10));
  driver_->receive(far, true);
  ASSERT_TRUE(wait_until([&] { return far.received == "beforebehind"; })) << far.received;
  near.close(pool_);
  far.close(pool_);
}

TEST_P(StreamOnDriver, OneByteReadsAndWrites) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    const char byte = static_cast<char>('a' + i % 26);
    sent += byte;
    send(near, Bytes(&byte, 1));
    ASSERT_TRUE(wait_until([&] { return far.received.size() == sent.size(); }));
  }
  EXPECT_EQ(far.received, sent);
  near.close(pool_);
  far.close(pool_);
}

TEST_P(StreamOnDriver, NothingIsReportedAfterCloseDuringDispatch) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  TestStream other(*driver_);
  TestStream other_end(*driver_);
  connect_pair(other, other_end);
  // Both ends have input waiting; the first to be told closes the other one.
  driver_->receive(far, false);
  driver_->receive(other_end, false);
  send(near, "a");
  send(other, "b");
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(5));
  far.on_data = [&] { other_end.close(pool_); };
  other_end.on_data = [&] { far.close(pool_); };
  driver_->receive(far, true);
  driver_->receive(other_end, true);
  ASSERT_TRUE(wait_until([&] { return far.deliveries + other_end.deliveries > 0; }));
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(5));
  EXPECT_EQ(far.deliveries + other_end.deliveries, 1);
  for (auto* stream : {&near, &far, &other, &other_end}) stream->close(pool_);
}

// The kernel gives out the lowest free number: the new stream has the old one's, and the old one's events are not its.
TEST_P(StreamOnDriver, DescriptorNumberReusedWithinABatchGetsNoStaleEvent) {
  std::vector<std::unique_ptr<TestStream>> near;
  std::vector<std::unique_ptr<TestStream>> far;
  for (int i = 0; i < 8; ++i) {
    near.push_back(std::make_unique<TestStream>(*driver_));
    far.push_back(std::make_unique<TestStream>(*driver_));
    connect_pair(*near.back(), *far.back());
  }
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  TestStream fresh(*driver_);
  driver::NativeSocket reused = driver::no_socket;
  // The first end to be told closes all other ends and opens a new stream in the place of one of them.
  for (auto& stream : far) {
    stream->on_data = [&, self = stream.get()] {
      if (fresh.id != Id{}) return;
      for (auto& each : far) {
        if (each.get() == self) continue;
        reused = std::max(reused, each->socket);
        each->close(pool_);
      }
      ASSERT_EQ(driver_->connect(fresh, address, nullptr, {}), std::error_code());
    };
  }
  for (auto& stream : near) send(*stream, "data");
  ASSERT_TRUE(wait_until([&] { return fresh.connected; }));
  // Where closing takes effect at once the number is used again; a driver with operations under way closes later.
  EXPECT_TRUE(fresh.socket <= reused || GetParam() == "io_uring");
  driver_->receive(fresh, true);
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(5));
  EXPECT_EQ(fresh.received, "");
  EXPECT_EQ(fresh.failures, 0);
  EXPECT_FALSE(fresh.ended);
  fresh.close(pool_);
  for (auto& stream : near) stream->close(pool_);
  for (auto& stream : far) stream->close(pool_);
  for (const auto socket : acceptor.sockets) driver_->discard(socket);
  driver_->close(acceptor);
}

// A server that refuses an upload answers, and resets what it does not read.
TEST_P(StreamOnDriver, DataBeforeAResetArrivesThoughOutputIsPending) {
  TestStream near(*driver_);
  TestStream far(*driver_);
  connect_pair(near, far);
  driver_->receive(far, false);
  while (near.output.empty()) {
    send(near, std::string(100'000, 'x'));
    for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  }
  // At once, whatever the driver does.
  const Bytes last[] = {"no"};
  std::error_code error;
  ASSERT_EQ(driver::send(far.socket, last, error), 2U);
  far.close(pool_, true);
  ASSERT_TRUE(wait_until([&] { return near.failures > 0; }));
  EXPECT_EQ(near.received, "no");
  EXPECT_EQ(near.failures, 1);
  near.close(pool_);
}

INSTANTIATE_TEST_SUITE_P(Drivers, StreamOnDriver, each_driver(), driver_of);

}  // namespace
}  // namespace eddy::test
