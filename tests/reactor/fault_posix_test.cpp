// Faults of Unix systems: interruptions, and a wall clock that somebody sets.
#include <gtest/gtest.h>
#include <sys/time.h>
#include <time.h>

#include <csignal>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class UnixFaults : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, UnixFaults, each_driver(), driver_of);

// A signal every 200 microseconds that restarts no system call: each wait, read and write may end with EINTR.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction action {};
    action.sa_handler = [](int) { count = count + 1; };
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval often{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~Interruptions() {
    const itimerval off{};
    ::setitimer(ITIMER_REAL, &off, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

  static inline volatile std::sig_atomic_t count = 0;

 private:
  struct sigaction before_ {};
};

TEST_P(UnixFaults, InterruptionsLoseNothingAndMakeNoTimerEarly) {
  Link link(driver());
  link.server.on_data = [](Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); };
  ASSERT_TRUE(link.open());
  const std::string much(20'000'000, 'x');
  bool late_enough = false;
  const Interruptions interruptions;
  const auto due = link.loop.clock() + 30ms;
  Timer timer(link.loop, [&] { late_enough = link.loop.clock() >= due; });
  timer.start_at(due);
  std::size_t sent = 0;
  ASSERT_TRUE(link.until([&] {
    for (auto result = SendResult::accepted; sent < much.size() && result == SendResult::accepted; sent += 100'000) {
      result = link.at_client()->send(Bytes(much).without_first(sent).first(100'000));
    }
    return link.client.received.size() == much.size() && !timer.running();
  }));
  EXPECT_TRUE(late_enough);
  EXPECT_GT(Interruptions::count, 10);
}

TEST_P(UnixFaults, ClockIsTheMonotonicOneThatNobodySets) {
  const Loop loop({.driver = driver()});
  const auto monotonic = [] {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return TimePoint{std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)};
  };
  const auto before = monotonic();
  const auto clock = loop.clock();
  EXPECT_LE(before, clock);
  EXPECT_LE(clock, monotonic());
}

}  // namespace
}  // namespace eddy::test
