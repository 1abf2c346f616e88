// The driver contract for closing a stream: close() answers whether the system is done with it. When it is not,
// stream_released says so, once; and nothing else is told any more.
#include <gtest/gtest.h>
#include <reactor/driver/socket_calls.h>

#include "../support/raw_socket.h"
#include "fake_endpoints.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ReleaseOnDriver : public DriverTest {
 protected:
  // Closes it, and holds the driver to its answer.
  void close_and_expect_release(TestStream& stream, bool reset = false) {
    expect_release(stream, stream.close(pool_, reset), stream.events);
  }
  void expect_release(TestStream& stream, bool answer, const std::vector<std::string>& told) {
    EXPECT_EQ(stream.releases, 0) << "close() tells nothing before it returns";
    ASSERT_TRUE(wait_until([&] { return answer || stream.releases > 0; })) << "it was never released";
    for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + 1ms);
    EXPECT_EQ(stream.releases, answer ? 0 : 1);
    EXPECT_EQ(stream.events, told) << "nothing is told after close()";
  }
  void settle() {
    for (int i = 0; i < 3; ++i) driver_->wait(driver_->now() + 1ms);
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, ReleaseOnDriver, each_driver(), driver_of);

TEST_P(ReleaseOnDriver, OfOneThatReceives) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  settle();
  close_and_expect_release(theirs);
  ASSERT_TRUE(wait_until([&] { return ours.ended; }));
  close_and_expect_release(ours);
}

TEST_P(ReleaseOnDriver, OfOneBeforeAnyWait) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  close_and_expect_release(theirs);
  close_and_expect_release(ours);
}

TEST_P(ReleaseOnDriver, OfOneThatIsPaused) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  settle();
  driver_->receive(theirs, false);
  settle();
  send(ours, "unread");
  settle();
  close_and_expect_release(theirs);
  close_and_expect_release(ours);
}

TEST_P(ReleaseOnDriver, OfOneWhosePauseIsUnderWay) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  settle();
  const Bytes data[] = {"more"};
  std::error_code error;
  ASSERT_EQ(driver::send(ours.socket, data, error), 4U);
  driver_->receive(theirs, false);
  driver_->receive(theirs, true);
  driver_->receive(theirs, false);
  close_and_expect_release(theirs);
  close_and_expect_release(ours);
}

TEST_P(ReleaseOnDriver, OfOneWithAStalledSend) {
  for (const bool reset : {false, true}) {
    TestStream ours(*driver_);
    TestStream theirs(*driver_);
    connect_pair(ours, theirs);
    driver_->receive(theirs, false);
    for (int i = 0; ours.output.empty() || i < 5; ++i) {
      send(ours, std::string(200'000, 'x'));
      driver_->wait(driver_->now());
    }
    close_and_expect_release(ours, reset);
    close_and_expect_release(theirs);
  }
}

TEST_P(ReleaseOnDriver, OfOneWithASendThatNoWaitHasSeen) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  settle();
  send(ours, "never mind");
  close_and_expect_release(ours);
  close_and_expect_release(theirs);
}

TEST_P(ReleaseOnDriver, OfOneThatHasEnded) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  ASSERT_EQ(driver_->end_output(ours, true), std::error_code());
  ASSERT_TRUE(wait_until([&] { return theirs.ended; }));
  settle();
  close_and_expect_release(theirs);
  close_and_expect_release(ours);
}

TEST_P(ReleaseOnDriver, OfOneThatHasFailed) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  settle();
  ours.close(pool_, true);
  ASSERT_TRUE(wait_until([&] { return theirs.failures > 0; }));
  close_and_expect_release(theirs);
}

TEST_P(ReleaseOnDriver, OfOneThatClosesInItsOwnReport) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  settle();
  bool answer = false;
  theirs.on_data = [&] { answer = theirs.close(pool_); };
  send(ours, "go");
  ASSERT_TRUE(wait_until([&] { return theirs.deliveries > 0; }));
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + 1ms);
  EXPECT_EQ(theirs.releases, answer ? 0 : 1);
  EXPECT_EQ(theirs.deliveries, 1);
  close_and_expect_release(ours);
}

TEST_P(ReleaseOnDriver, OfOneWithInputWaiting) {
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  settle();
  std::error_code error;
  const std::string much(50'000, 'x');
  const Bytes data[] = {much};
  driver::send(ours.socket, data, error);
  close_and_expect_release(theirs);
  EXPECT_EQ(theirs.received, "");
  close_and_expect_release(ours);
}

TEST_P(ReleaseOnDriver, OfManyAtOnceByComingToRest) {
  std::vector<std::unique_ptr<TestStream>> streams;
  for (int i = 0; i < 40; ++i) {
    streams.push_back(std::make_unique<TestStream>(*driver_));
    streams.push_back(std::make_unique<TestStream>(*driver_));
    connect_pair(*streams[streams.size() - 2], *streams.back());
  }
  settle();
  for (auto& stream : streams) send(*stream, "some");
  std::vector<bool> answers;
  for (auto& stream : streams) answers.push_back(stream->close(pool_));
  driver_->come_to_rest();
  for (std::size_t i = 0; i < streams.size(); ++i) EXPECT_EQ(streams[i]->releases, answers[i] ? 0 : 1);
}

// It is told nothing meanwhile, and loses nothing.
TEST_P(ReleaseOnDriver, ByComingToRestTellsNobodyElse) {
  TestStream closed(*driver_);
  TestStream closed_end(*driver_);
  connect_pair(closed, closed_end);
  TestStream ours(*driver_);
  TestStream theirs(*driver_);
  connect_pair(ours, theirs);
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  settle();
  const std::string much(30'000, 'x');
  const Bytes data[] = {much};
  std::error_code error;
  ASSERT_EQ(driver::send(ours.socket, data, error), much.size());
  const RawSocket client(address);
  for (auto* stream : {&closed, &closed_end}) stream->close(pool_);
  driver_->come_to_rest();
  EXPECT_EQ(theirs.deliveries, 0);
  EXPECT_TRUE(acceptor.sockets.empty());
  ASSERT_EQ(driver_->end_output(ours, true), std::error_code());
  ASSERT_TRUE(wait_until([&] { return theirs.ended && acceptor.sockets.size() == 1; }));
  EXPECT_TRUE(theirs.received == much);
  driver_->discard(acceptor.sockets.front());
  driver_->close(acceptor);
  for (auto* stream : {&ours, &theirs}) stream->close(pool_);
}

// ---- while a connect is under way

class ReleaseOfConnecting : public ReleaseOnDriver {
 protected:
  // A listener that nobody accepts from and whose backlog is full: attempts are neither answered nor, on most systems,
  // refused.
  void SetUp() override {
    address = listen(acceptor, {.backlog = 1});
    driver_->accept(acceptor, false);
    for (int i = 0; i < 10; ++i) {
      attempts.push_back(std::make_unique<TestStream>(*driver_));
      ASSERT_EQ(driver_->connect(*attempts.back(), address, nullptr, {}), std::error_code());
    }
  }
  void TearDown() override {
    for (auto& attempt : attempts) attempt->close(pool_);
    driver_->close(acceptor);
  }

  TestAcceptor acceptor;
  Address address;
  std::vector<std::unique_ptr<TestStream>> attempts;
};
INSTANTIATE_TEST_SUITE_P(Drivers, ReleaseOfConnecting, each_driver(), driver_of);

TEST_P(ReleaseOfConnecting, BeforeAnyWait) {
  for (auto& attempt : attempts) close_and_expect_release(*attempt);
}

TEST_P(ReleaseOfConnecting, WhileNobodyAnswers) {
  for (int i = 0; i < 20; ++i) driver_->wait(driver_->now() + 1ms);
  int under_way = 0;
  for (auto& attempt : attempts) {
    if (attempt->connected) continue;
    ++under_way;
    close_and_expect_release(*attempt, under_way % 2 == 0);
  }
#ifdef __linux__
  EXPECT_GT(under_way, 0);
#endif
}

TEST_P(ReleaseOfConnecting, WhileNobodyAnswersByComingToRest) {
  for (int i = 0; i < 20; ++i) driver_->wait(driver_->now() + 1ms);
  std::vector<bool> answers;
  for (auto& attempt : attempts) answers.push_back(attempt->close(pool_));
  driver_->come_to_rest();
  for (std::size_t i = 0; i < attempts.size(); ++i) EXPECT_EQ(attempts[i]->releases, answers[i] ? 0 : 1);
}

}  // namespace
}  // namespace eddy::test
