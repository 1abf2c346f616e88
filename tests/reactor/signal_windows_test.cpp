// Contract 11 where signals are the C run time's, and consoles send events.
#include <gtest/gtest.h>

#include <csignal>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class Signals : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Signals, each_driver(), driver_of);

volatile std::sig_atomic_t earlier_called = 0;
void earlier_handler(int) { earlier_called = 1; }

TEST_P(Signals, StopOnEndsTheRunEachTime) {
  Loop loop({.driver = driver()});
  loop.stop_on({SIGTERM, SIGINT, SIGBREAK});
  for (const int signal : {SIGTERM, SIGINT, SIGBREAK, SIGTERM}) {
    loop.post([=] { std::raise(signal); });
    loop.run();
  }
}

TEST_P(Signals, SeveralLoopsMayReceiveTheSame) {
  Loop first({.driver = driver()});
  int first_calls = 0;
  first.on_signal(SIGTERM, [&](int) { ++first_calls; });
  {
    Loop second({.driver = driver()});
    int second_calls = 0;
    second.on_signal(SIGTERM, [&](int) { ++second_calls; });
    std::raise(SIGTERM);
    ASSERT_TRUE(turn_until(second, [&] { return second_calls == 1; }));
    ASSERT_TRUE(turn_until(first, [&] { return first_calls == 1; }));
  }
  std::raise(SIGTERM);
  ASSERT_TRUE(turn_until(first, [&] { return first_calls == 2; }));
}

TEST_P(Signals, EarlierHandlersAreRestoredWhenTheLoopIsGone) {
  std::signal(SIGTERM, earlier_handler);
  {
    Loop loop({.driver = driver()});
    loop.on_signal(SIGTERM, [](int) {});
    std::raise(SIGTERM);
    EXPECT_EQ(earlier_called, 0);
  }
  EXPECT_EQ(std::signal(SIGTERM, SIG_DFL), &earlier_handler);
}

TEST_P(Signals, ThatDoNotExistAreAnError) {
  Loop loop({.driver = driver()});
  for (const int signal : {9, -1, 1000}) EXPECT_THROW(loop.stop_on({signal}), std::system_error);
}

}  // namespace
}  // namespace eddy::test
