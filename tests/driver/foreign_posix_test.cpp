// Foreign descriptors whose owner closes them while they are watched, though he should not (Loop::watch): nobody else
// is hurt. And what pipes tell.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "../support/descriptors.h"
#include "../support/raw_socket.h"
#include "fake_endpoints.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ForeignDescriptorOnDriver : public DriverTest {
 protected:
  void settle() {
    for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + 1ms);
  }

  // A watched pipe is closed by its owner, and a stream gets its number.
  void let_a_stream_take_the_number() {
    address = listen(acceptor);
    pipes = open_pipe();
    const int number = pipes[0];
    ASSERT_EQ(driver_->watch(watched, number, Interest::read), std::error_code());
    settle();
    ::close(number);
    ASSERT_EQ(next_descriptor(), number);
    ASSERT_EQ(driver_->connect(ours, address, nullptr, {}), std::error_code());
    ASSERT_EQ(ours.socket, number);
    ASSERT_TRUE(wait_until([&] { return ours.connected && acceptor.sockets.size() == 1; }));
    ASSERT_EQ(ours.connect_result, std::error_code());
    ASSERT_EQ(driver_->adopt(theirs, acceptor.sockets.front()), std::error_code());
    driver_->receive(ours, true);
    driver_->receive(theirs, true);
  }
  // More than the system takes at once, so that a send is under way in the middle of it.
  void send_much() {
    driver_->receive(theirs, false);
    while (ours.output.empty() || sent.size() < 1'000'000) {
      const std::string piece(100'000, static_cast<char>('a' + sent.size() / 100'000 % 26));
      sent += piece;
      send(ours, piece);
      driver_->wait(driver_->now());
    }
    settle();
  }
  void expect_stream_unhurt() {
    driver_->receive(theirs, true);
    ASSERT_TRUE(wait_until([&] { return theirs.received.size() == sent.size() || ours.failures > 0; }));
    EXPECT_TRUE(theirs.received == sent);
    send(theirs, "answer");
    ASSERT_TRUE(wait_until([&] { return ours.received == "answer" || ours.failures > 0; }));
    EXPECT_EQ(ours.failures, 0) << ours.failed.message();
    ASSERT_EQ(driver_->end_output(theirs, true), std::error_code());
    ASSERT_TRUE(wait_until([&] { return ours.ended; }));
  }
  void TearDown() override {
    driver_->unwatch(watched);
    ours.close(pool_);
    theirs.close(pool_);
    if (acceptor.socket != driver::no_socket) driver_->close(acceptor);
    if (pipes[1] >= 0) ::close(pipes[1]);
  }

  std::array<int, 2> pipes{-1, -1};
  TestWatched watched;
  TestAcceptor acceptor;
  Address address;
  TestStream ours{*driver_};
  TestStream theirs{*driver_};
  std::string sent;
};
INSTANTIATE_TEST_SUITE_P(Drivers, ForeignDescriptorOnDriver, each_driver(), driver_of);

TEST_P(ForeignDescriptorOnDriver, StreamWithTheNumberOfAClosedOneIsNotHurtByUnwatch) {
  ASSERT_NO_FATAL_FAILURE(let_a_stream_take_the_number());
  send_much();
  driver_->unwatch(watched);
  expect_stream_unhurt();
}

TEST_P(ForeignDescriptorOnDriver, StreamWithTheNumberOfAClosedOneIsNotHurtByAChangeOfInterest) {
  ASSERT_NO_FATAL_FAILURE(let_a_stream_take_the_number());
  send_much();
  driver_->set_interest(watched, Interest::both);
  settle();
  driver_->set_interest(watched, Interest::none);
  expect_stream_unhurt();
}

TEST_P(ForeignDescriptorOnDriver, ConnectWithTheNumberOfAClosedOneIsNotHurtByUnwatch) {
  address = listen(acceptor);
  pipes = open_pipe();
  const int number = pipes[0];
  ASSERT_EQ(driver_->watch(watched, number, Interest::read), std::error_code());
  settle();
  ::close(number);
  ASSERT_EQ(next_descriptor(), number);
  ASSERT_EQ(driver_->connect(ours, address, nullptr, {}), std::error_code());
  driver_->unwatch(watched);
  ASSERT_TRUE(wait_until([&] { return ours.connected; }));
  EXPECT_EQ(ours.connect_result, std::error_code());
  ASSERT_TRUE(wait_until([&] { return acceptor.sockets.size() == 1; }));
  driver_->discard(acceptor.sockets.front());
}

TEST_P(ForeignDescriptorOnDriver, ClosedOneIsGoneForItsPeerWhenItIsWatchedNoMore) {
  auto [near_end, far_end] = socket_pair();
  ASSERT_EQ(driver_->watch(watched, near_end.descriptor(), Interest::read), std::error_code());
  settle();
  near_end.close();
  settle();
  driver_->unwatch(watched);
  watched.calls = 0;
  far_end.send("x");
  EXPECT_TRUE(far_end.reset()) << "nobody holds it open";
  settle();
  EXPECT_EQ(watched.calls, 0);
}

TEST_P(ForeignDescriptorOnDriver, SecondWatchOfOneIsRefusedOrWorksAndTheFirstGoesOn) {
  auto [near_end, far_end] = socket_pair();
  TestWatched second;
  ASSERT_EQ(driver_->watch(watched, near_end.descriptor(), Interest::read), std::error_code());
  const auto refused = driver_->watch(second, near_end.descriptor(), Interest::read);
  settle();
  far_end.send("x");
  ASSERT_TRUE(wait_until([&] { return watched.calls >= 3 && (refused || second.calls >= 3); }));
  driver_->unwatch(second);
  second.calls = watched.calls = 0;
  ASSERT_TRUE(wait_until([&] { return watched.calls >= 3; })) << "the end of the other is not its own";
  EXPECT_EQ(second.calls, 0);
}

TEST_P(ForeignDescriptorOnDriver, PipeWithoutAWriterIsReadable) {
  pipes = open_pipe();
  ASSERT_EQ(driver_->watch(watched, pipes[0], Interest::read), std::error_code());
  settle();
  EXPECT_EQ(watched.calls, 0);
  ::close(std::exchange(pipes[1], -1));
  ASSERT_TRUE(wait_until([&] { return watched.calls > 0; }));
  EXPECT_TRUE(watched.last.read);
  driver_->unwatch(watched);
  ::close(pipes[0]);
}

TEST_P(ForeignDescriptorOnDriver, PipeWithoutAReaderIsWritableAndAnError) {
  pipes = open_pipe();
  ASSERT_EQ(driver_->watch(watched, pipes[1], Interest::write), std::error_code());
  ASSERT_TRUE(wait_until([&] { return watched.calls > 0; }));
  EXPECT_FALSE(watched.last.error);
  ::close(pipes[0]);
  ASSERT_TRUE(wait_until([&] { return watched.last.error; }));
  EXPECT_TRUE(watched.last.write);
}

}  // namespace
}  // namespace eddy::test
