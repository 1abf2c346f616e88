// The driver contract for waiting, waking, accepting, datagrams and foreign descriptors.
#include <gtest/gtest.h>
#include <reactor/loop.h>

#include <atomic>
#include <thread>

#include "../support/descriptors.h"
#include "../support/kernel.h"
#include "../support/raw_socket.h"
#include "fake_endpoints.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class WaitingOnDriver : public DriverTest {
 protected:
  // How many waits it takes until that time is over: one, unless something ends them early, as a signal may.
  int waits_of(Duration time) {
    driver_->refresh();
    const auto deadline = driver_->clock() + time;
    int waits = 0;
    for (; driver_->clock() < deadline; ++waits) driver_->wait(deadline);
    return waits;
  }
};

TEST_P(WaitingOnDriver, WaitIsNeverShorterThanItsDeadline) {
  for (const auto delay : {50us, 900us, 3000us, 17000us}) {
    const auto deadline = driver_->clock() + delay;
    driver_->refresh();
    // A signal, or the machine's being halted for a moment, may end a wait early (EINTR).
    int waits = 0;
    for (; driver_->clock() < deadline; ++waits) driver_->wait(deadline);
    EXPECT_LE(waits, 3);
  }
}

// Where the system's time has 32 bits, too.
TEST_P(WaitingOnDriver, DeadlineInAHundredYearsIsWaitedFor) {
  driver_->refresh();
  const auto deadline = driver_->clock() + std::chrono::hours(24 * 365 * 100);
  std::atomic<bool> woken{false};
  std::thread waker([&] {
    std::this_thread::sleep_for(50ms);
    woken = true;
    driver_->wake();
  });
  int waits = 0;
  for (; !woken; ++waits) EXPECT_NO_THROW(driver_->wait(deadline));
  waker.join();
  EXPECT_LE(waits, 3);
}

TEST_P(WaitingOnDriver, DeadlineThatHasPassedDoesNotWait) {
  const auto began = driver_->clock();
  driver_->refresh();
  driver_->wait(TimePoint::min());
  driver_->wait(began - 1s);
  EXPECT_LT(driver_->clock() - began, 5s);
}

TEST_P(WaitingOnDriver, WakeBeforeAWaitEndsThatWait) {
  driver_->wake();
  driver_->wake();
  driver_->wake();
  const auto began = driver_->clock();
  driver_->wait(began + 1h);
  EXPECT_LT(driver_->clock() - began, 1min);
}

TEST_P(WaitingOnDriver, ManyWakesAreAsOne) {
  // Before the driver has ever waited, and when it has.
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) driver_->wake();
    driver_->wait(driver_->clock() + 1h);
    EXPECT_LE(waits_of(30ms), 4) << "the others are gone with the first";
  }
  driver_->wake();  // and a later one is not lost
  const auto began = driver_->clock();
  driver_->wait(began + 1h);
  EXPECT_LT(driver_->clock() - began, 1min);
}

TEST_P(WaitingOnDriver, WakesFromManyThreadsAreFew) {
  waits_of(1ms);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) driver_->wake();
    });
  }
  for (auto& thread : threads) thread.join();
  driver_->wait(driver_->clock() + 1h);
  EXPECT_LE(waits_of(30ms), 4);
}

TEST_P(WaitingOnDriver, WakeFromAnotherThreadEndsTheWait) {
  for (int i = 0; i < 50; ++i) {
    std::thread other([&] { driver_->wake(); });
    const auto began = driver_->clock();
    driver_->wait(began + 1h);
    EXPECT_LT(driver_->clock() - began, 1min);
    other.join();
  }
}

TEST_P(WaitingOnDriver, ClosedAcceptorInItsOwnReportAcceptsNoMore) {
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  acceptor.on_accepted = [&] { driver_->close(acceptor); };
  const RawSocket first(address);
  const RawSocket second(address);
  const RawSocket third(address);
  ASSERT_TRUE(wait_until([&] { return !acceptor.sockets.empty(); }));
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + 5ms);
  EXPECT_EQ(acceptor.sockets.size(), 1U);
  for (const auto socket : acceptor.sockets) driver_->discard(socket);
}

TEST_P(WaitingOnDriver, AcceptingCanBePausedAndLosesNobody) {
  TestAcceptor acceptor;
  const auto address = listen(acceptor);
  driver_->accept(acceptor, false);
  const RawSocket first(address);
  const RawSocket second(address);
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now() + 5ms);
  EXPECT_TRUE(acceptor.sockets.empty());
  driver_->accept(acceptor, true);
  ASSERT_TRUE(wait_until([&] { return acceptor.sockets.size() == 2; }));
  for (const auto socket : acceptor.sockets) driver_->discard(socket);
  driver_->close(acceptor);
}

TEST_P(WaitingOnDriver, DatagramsArriveInBatchesWithTheirSenders) {
  if (const auto wrong = wrong_segments(); !wrong.empty()) GTEST_SKIP() << wrong;
  TestDatagrams ours;
  TestDatagrams theirs;
  auto near_address = Address::parse("udp://127.0.0.1:0");
  auto far_address = near_address;
  ASSERT_EQ(driver_->bind(ours, near_address, {}), std::error_code());
  ASSERT_EQ(driver_->bind(theirs, far_address, {}), std::error_code());
  driver_->receive(theirs, true);
  for (int i = 0; i < 20; ++i) ours.queue.append(&far_address, std::to_string(i));
  ours.queue.append(&far_address, "");
  driver_->flush(ours);
  ASSERT_TRUE(wait_until([&] { return theirs.received.size() == 21; }));
  EXPECT_LE(theirs.batches, 4);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(theirs.received[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(theirs.received.back(), "");
  for (const auto& sender : theirs.senders) EXPECT_EQ(sender, near_address);
  driver_->close(ours);
  driver_->close(theirs);
}

TEST_P(WaitingOnDriver, DatagramTooLongForTheProtocolIsReportedAndTheOthersGo) {
  TestDatagrams ours;
  TestDatagrams theirs;
  auto near_address = Address::parse("udp://127.0.0.1:0");
  auto far_address = near_address;
  ASSERT_EQ(driver_->bind(ours, near_address, {}), std::error_code());
  ASSERT_EQ(driver_->bind(theirs, far_address, {}), std::error_code());
  driver_->receive(theirs, true);
  ours.queue.append(&far_address, "first");
  ours.queue.append(&far_address, std::string(65'535, 'x'));
  ours.queue.append(&far_address, "last");
  driver_->flush(ours);
  EXPECT_TRUE(ours.failures.empty()) << "reported from wait only";
  ASSERT_TRUE(wait_until([&] { return theirs.received.size() == 2 && !ours.failures.empty(); }));
  EXPECT_EQ(ours.failures.front(), std::errc::message_size);
  EXPECT_EQ(theirs.received.back(), "last");
  driver_->close(ours);
  driver_->close(theirs);
}

TEST_P(WaitingOnDriver, ForeignDescriptorIsReportedWhileItIsReady) {
  auto [ours, theirs] = socket_pair();
  TestWatched watched;
  ASSERT_EQ(driver_->watch(watched, ours.descriptor(), Interest::read), std::error_code());
  driver_->wait(driver_->now() + 5ms);
  EXPECT_EQ(watched.calls, 0);
  theirs.send("x");
  ASSERT_TRUE(wait_until([&] { return watched.calls >= 3; })) << "level-triggered";
  EXPECT_TRUE(watched.last.read);
  EXPECT_FALSE(watched.last.write);
  driver_->set_interest(watched, Interest::none);
  watched.calls = 0;
  for (int i = 0; i < 3; ++i) driver_->wait(driver_->now() + 1ms);
  EXPECT_EQ(watched.calls, 0);
  driver_->set_interest(watched, Interest::read);
  ASSERT_TRUE(wait_until([&] { return watched.calls > 0; }));
  driver_->unwatch(watched);
  watched.calls = 0;
  driver_->wait(driver_->now() + 1ms);
  EXPECT_EQ(watched.calls, 0);
  EXPECT_EQ(ours.read_some(), "x") << "it is not the driver's to close";
}

INSTANTIATE_TEST_SUITE_P(Drivers, WaitingOnDriver, each_driver(), driver_of);

}  // namespace
}  // namespace eddy::test
