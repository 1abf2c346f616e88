// Contract 11: no signals behind your back.
#include <gtest/gtest.h>

#include <csignal>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class Signals : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Signals, each_driver(), driver_of);

struct sigaction handler_of(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action;
}

volatile std::sig_atomic_t earlier_called = 0;
void earlier_handler(int) { earlier_called = 1; }

TEST_P(Signals, StopOnEndsTheRun) {
  Loop loop({.driver = driver()});
  loop.stop_on({SIGTERM, SIGINT});
  loop.post([] { std::raise(SIGTERM); });
  loop.run();
  loop.post([] { std::raise(SIGINT); });
  loop.run();
}

TEST_P(Signals, HandlerRunsOnTheStackThatAThreadKeepsForSignals) {
  Loop loop({.driver = driver()});
  loop.stop_on({SIGUSR1});
  // Systems differ in whether the flags have a sign.
  EXPECT_NE(static_cast<unsigned>(handler_of(SIGUSR1).sa_flags) & static_cast<unsigned>(SA_ONSTACK), 0U);
}

TEST_P(Signals, OnSignalRunsAsATaskOfTheLoopOnceForEachTurn) {
  Loop loop({.driver = driver()});
  int calls = 0;
  bool in_handler = true;
  loop.on_signal(SIGUSR1, [&](int signal) {
    EXPECT_EQ(signal, SIGUSR1);
    EXPECT_FALSE(in_handler);
    ++calls;
  });
  std::raise(SIGUSR1);
  std::raise(SIGUSR1);
  EXPECT_EQ(calls, 0);
  in_handler = false;
  ASSERT_TRUE(turn_until(loop, [&] { return calls > 0; }));
  EXPECT_EQ(calls, 1) << "signals that arrive between two turns are as one, as for the system";
}

TEST_P(Signals, CallbackMayReplaceItself) {
  Loop loop({.driver = driver()});
  std::string order;
  loop.on_signal(SIGUSR1, [&](int) {
    order += "a";
    loop.on_signal(SIGUSR1, [&](int) { order += "b"; });
  });
  for (int i = 0; i < 3; ++i) {
    std::raise(SIGUSR1);
    ASSERT_TRUE(turn_until(loop, [&] { return order.size() == static_cast<std::size_t>(i) + 1; }));
  }
  EXPECT_EQ(order, "abb");
}

TEST_P(Signals, EarlierHandlersAreRestoredWhenTheLoopIsGone) {
  std::signal(SIGUSR2, earlier_handler);
  {
    Loop loop({.driver = driver()});
    loop.on_signal(SIGUSR2, [](int) {});
    EXPECT_NE(handler_of(SIGUSR2).sa_handler, &earlier_handler);
    std::raise(SIGUSR2);
    EXPECT_EQ(earlier_called, 0);
  }
  EXPECT_EQ(handler_of(SIGUSR2).sa_handler, &earlier_handler);
  std::signal(SIGUSR2, SIG_DFL);
}

TEST_P(Signals, SeveralLoopsMayReceiveTheSame) {
  Loop first({.driver = driver()});
  int first_calls = 0;
  first.on_signal(SIGUSR1, [&](int) { ++first_calls; });
  {
    Loop second({.driver = driver()});
    int second_calls = 0;
    second.on_signal(SIGUSR1, [&](int) { ++second_calls; });
    std::raise(SIGUSR1);
    ASSERT_TRUE(turn_until(second, [&] { return second_calls == 1; }));
    ASSERT_TRUE(turn_until(first, [&] { return first_calls == 1; }));
  }
  std::raise(SIGUSR1);
  ASSERT_TRUE(turn_until(first, [&] { return first_calls == 2; }));
}

TEST_P(Signals, ThatCannotBeCaughtAreAnError) {
  Loop loop({.driver = driver()});
  EXPECT_THROW(loop.stop_on({SIGKILL}), std::system_error);
  EXPECT_THROW(loop.stop_on({-1}), std::system_error);
  EXPECT_THROW(loop.stop_on({1000}), std::system_error);
}

TEST_P(Signals, SendingToAResetConnectionRaisesNoSigpipe) {
  ASSERT_EQ(handler_of(SIGPIPE).sa_handler, SIG_DFL) << "one SIGPIPE would end this test";
  Link link(driver());
  RawSocket peer(link.listener->address());
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->pause();
  peer.close_with_reset();
  while (auto* connection = link.at_server()) {
    connection->send(std::string(100'000, 'x'));
    link.loop.run_once(link.loop.now());
  }
  EXPECT_TRUE(link.server.why());
  EXPECT_EQ(handler_of(SIGPIPE).sa_handler, SIG_DFL) << "the process's handling of it is not touched";
}

// Systems have 31 signals, 64 or more, and an emulator keeps some: it takes a handler for them and raises none.
bool can_be_raised(int signal) {
  struct sigaction before {};
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  if (::sigaction(signal, &ignored, &before) != 0) return false;
  const bool raised = std::raise(signal) == 0;
  return ::sigaction(signal, &before, nullptr) == 0 && raised;
}

TEST_P(Signals, HighestNumbersAreSignalsToo) {
  Loop loop({.driver = driver()});
  int highest = 64;
  while (!can_be_raised(highest) || !can_be_raised(highest - 1)) --highest;
  for (const int number : {highest - 1, highest}) {
    int calls = 0;
    loop.on_signal(number, [&](int signal) {
      EXPECT_EQ(signal, number);
      ++calls;
      loop.stop();
    });
    loop.post([&] {
      if (std::raise(number) != 0) loop.stop();  // it would run for ever
    });
    loop.run();
    EXPECT_EQ(calls, 1);
  }
}

}  // namespace
}  // namespace eddy::test
