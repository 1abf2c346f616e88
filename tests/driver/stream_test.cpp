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
  TestStream ours(*driver_);
  ASSERT_EQ(driver_->connect(ours, address, nullptr, {}), std::error_code());
  EXPECT_FALSE(ours.connected);
  ASSERT_TRUE(wait_until([&] { return ours.connected && acceptor.sockets.size() == 1; }));
  TestStream theirs(*driver_);
  ASSERT_EQ(driver_->adopt(theirs, acceptor.sockets.front()), std::error_code());
  send(ours, "early");
  driver_->receive(theirs, true);
  EXPECT_EQ(theirs.received, "");
  ASSERT_TRUE(wait_until([&] { return theirs.received == "early"; }));
  ours.close(pool_);
  theirs.close(pool_);
  driver_->close(acceptor);
}

TEST_P(StreamOnDriver, DataAndEndInOneEventBothArriveInOrder) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  driver_->receive(theirs, false);
  send(ours, "last words");
  ASSERT_TRUE(wait_until([&] { return ours.output.empty(); }));
  ASSERT_EQ(driver_->end_output(ours, true), std::error_code());
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  EXPECT_EQ(theirs.received, "");
  driver_->receive(theirs, true);
  ASSERT_TRUE(wait_until([&] { return theirs.ended; }));
  EXPECT_EQ(theirs.received, "last words");
  EXPECT_EQ(theirs.events, (std::vector<std::string>{"data", "end"}));
  ours.close(pool_);
  theirs.close(pool_);
}

TEST_P(StreamOnDriver, DataAndEndThatFindItReceivingArriveInOrder) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  // Both at once, whatever the driver does.
  const Bytes last[] = {"last words"};
  std::error_code error;
  ASSERT_EQ(driver::send(ours.socket, last, error), 10U);
  ASSERT_EQ(driver_->end_output(ours, true), std::error_code());
  ASSERT_TRUE(wait_until([&] { return theirs.ended; }));
  EXPECT_EQ(theirs.received, "last words");
  EXPECT_EQ(theirs.events, (std::vector<std::string>{"data", "end"}));
  for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  EXPECT_EQ(theirs.events.size(), 2U) << "and once";
  ours.close(pool_);
  theirs.close(pool_);
}

TEST_P(StreamOnDriver, HalfCloseLeavesTheOtherDirectionOpen) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  ASSERT_EQ(driver_->end_output(ours, true), std::error_code());
  ASSERT_TRUE(wait_until([&] { return theirs.ended; }));
  send(theirs, "still here");
  ASSERT_TRUE(wait_until([&] { return ours.received == "still here"; }));
  EXPECT_FALSE(ours.ended);
  ASSERT_EQ(driver_->end_output(theirs, true), std::error_code());
  ASSERT_TRUE(wait_until([&] { return ours.ended; }));
  ours.close(pool_);
  theirs.close(pool_);
}

TEST_P(StreamOnDriver, ResetIsReportedOnce) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  ours.close(pool_, true);
  ASSERT_TRUE(wait_until([&] { return theirs.failures > 0; }));
  EXPECT_EQ(theirs.failed, std::errc::connection_reset);
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  EXPECT_EQ(theirs.failures, 1);
  EXPECT_FALSE(theirs.ended);
  theirs.close(pool_);
}

TEST_P(StreamOnDriver, ResetIsReportedWhileNobodyReceives) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  driver_->receive(theirs, false);
  ours.close(pool_, true);
  ASSERT_TRUE(wait_until([&] { return theirs.failures > 0; }));
  theirs.close(pool_);
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
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  driver_->receive(theirs, false);
  std::string sent;
  for (int i = 0; ours.output.empty(); ++i) {
    const std::string piece(100'000, static_cast<char>('a' + i % 26));
    sent += piece;
    send(ours, piece);
  }
  const auto stalled = ours.output.size();
  EXPECT_GT(stalled, 0U);
  driver_->receive(theirs, true);
  ASSERT_TRUE(wait_until([&] { return theirs.received.size() == sent.size(); }));
  EXPECT_TRUE(theirs.received == sent);
  EXPECT_TRUE(ours.output.empty());
  EXPECT_GT(ours.progress, 0);
  ours.close(pool_);
  theirs.close(pool_);
}

TEST_P(StreamOnDriver, FlushWithTakesTheQueueFirst) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  ours.output.append("queue ", pool_);
  std::size_t taken = 0;
  ASSERT_EQ(driver_->flush_with(ours, "payload", taken), std::error_code());
  const auto rest = Bytes("payload").without_first(taken);
  if (!rest.empty()) send(ours, rest);
  ASSERT_TRUE(wait_until([&] { return theirs.received.size() == 13; }));
  EXPECT_EQ(theirs.received, "queue payload");
  ours.close(pool_);
  theirs.close(pool_);
}

// One epoll registration is made for a stream's life: pausing must lose no edge.
TEST_P(StreamOnDriver, PauseAndResumeUnderLoadLosesNothing) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  std::string sent;
  bool on = true;
  for (int i = 0; i < 2000; ++i) {
    sent += std::to_string(i);
    ours.output.append(std::to_string(i), pool_);
    ASSERT_EQ(driver_->flush(ours), std::error_code());
    if (i % 3 == 0) {
      on = !on;
      driver_->receive(theirs, on);
    }
    driver_->wait(driver_->now());
  }
  driver_->receive(theirs, true);
  ASSERT_TRUE(wait_until([&] { return theirs.received.size() == sent.size(); }));
  EXPECT_EQ(theirs.received, sent);
  ours.close(pool_);
  theirs.close(pool_);
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
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  driver_->receive(theirs, false);
  send(ours, "before");
  send_urgent(ours.socket, '!');
  send(ours, "behind");
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(10));
  driver_->receive(theirs, true);
  ASSERT_TRUE(wait_until([&] { return theirs.received == "beforebehind"; })) << theirs.received;
  ours.close(pool_);
  theirs.close(pool_);
}

TEST_P(StreamOnDriver, OneByteReadsAndWrites) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    const char byte = static_cast<char>('a' + i % 26);
    sent += byte;
    send(ours, Bytes(&byte, 1));
    ASSERT_TRUE(wait_until([&] { return theirs.received.size() == sent.size(); }));
  }
  EXPECT_EQ(theirs.received, sent);
  ours.close(pool_);
  theirs.close(pool_);
}

TEST_P(StreamOnDriver, NothingIsReportedAfterCloseDuringDispatch) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  TestStream other(*driver_);
  TestStream other_end(*driver_);
  connect_pair(other, other_end);
  // Both ends have input waiting; the first to be told closes the other one.
  driver_->receive(theirs, false);
  driver_->receive(other_end, false);
  send(ours, "a");
  send(other, "b");
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(5));
  theirs.on_data = [&] { other_end.close(pool_); };
  other_end.on_data = [&] { theirs.close(pool_); };
  driver_->receive(theirs, true);
  driver_->receive(other_end, true);
  ASSERT_TRUE(wait_until([&] { return theirs.deliveries + other_end.deliveries > 0; }));
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(5));
  EXPECT_EQ(theirs.deliveries + other_end.deliveries, 1);
  for (auto* stream : {&ours, &theirs, &other, &other_end}) stream->close(pool_);
}

// The kernel gives out the lowest free number: the new stream has the old one's, and the old one's events are not its.
TEST_P(StreamOnDriver, DescriptorNumberReusedWithinABatchGetsNoStaleEvent) {
  std::vector<std::unique_ptr<TestStream>> ours;
  std::vector<std::unique_ptr<TestStream>> theirs;
  for (int i = 0; i < 8; ++i) {
    ours.push_back(std::make_unique<TestStream>(*driver_));
    theirs.push_back(std::make_unique<TestStream>(*driver_));
    connect_pair(*ours.back(), *theirs.back());
  }
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  TestStream fresh(*driver_);
  driver::NativeSocket reused = driver::no_socket;
  // The first end to be told closes all other ends and opens a new stream in the place of one of them.
  for (auto& stream : theirs) {
    stream->on_data = [&, self = stream.get()] {
      if (fresh.id != Id{}) return;
      for (auto& each : theirs) {
        if (each.get() == self) continue;
        reused = std::max(reused, each->socket);
        each->close(pool_);
      }
      ASSERT_EQ(driver_->connect(fresh, address, nullptr, {}), std::error_code());
    };
  }
  for (auto& stream : ours) send(*stream, "data");
  ASSERT_TRUE(wait_until([&] { return fresh.connected; }));
  // Where closing takes effect at once the number is used again; a driver with operations under way closes later.
  EXPECT_TRUE(fresh.socket <= reused || GetParam() == "io_uring");
  driver_->receive(fresh, true);
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + std::chrono::milliseconds(5));
  EXPECT_EQ(fresh.received, "");
  EXPECT_EQ(fresh.failures, 0);
  EXPECT_FALSE(fresh.ended);
  fresh.close(pool_);
  for (auto& stream : ours) stream->close(pool_);
  for (auto& stream : theirs) stream->close(pool_);
  for (const auto socket : acceptor.sockets) driver_->discard(socket);
  driver_->close(acceptor);
}

// A server that refuses an upload answers, and resets what it does not read.
TEST_P(StreamOnDriver, DataBeforeAResetArrivesThoughOutputIsPending) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  driver_->receive(theirs, false);
  while (ours.output.empty()) {
    send(ours, std::string(100'000, 'x'));
    for (int i = 0; i < 3; ++i) driver_->wait(driver_->now());
  }
  // At once, whatever the driver does.
  const Bytes last[] = {"no"};
  std::error_code error;
  ASSERT_EQ(driver::send(theirs.socket, last, error), 2U);
  theirs.close(pool_, true);
  ASSERT_TRUE(wait_until([&] { return ours.failures > 0; }));
  EXPECT_EQ(ours.received, "no");
  EXPECT_EQ(ours.failures, 1);
  ours.close(pool_);
}

INSTANTIATE_TEST_SUITE_P(Drivers, StreamOnDriver, each_driver(), driver_of);

}  // namespace
}  // namespace eddy::test
