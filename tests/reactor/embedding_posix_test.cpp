// A loop inside another one: what else wakes who waits on descriptor(), besides what tests/embedding tries, and what
// does not.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

constexpr int times = 100;

class Embedding : public OnDriver {
 protected:
  void SetUp() override {
    if (loop.descriptor()) return;
    EXPECT_EQ(driver(), "poll") << "the only one without a descriptor to wait on";
    GTEST_SKIP() << "it has no descriptor";
  }

  // Somebody else's loop: poll(2) on the descriptor until the deadline, then one turn that does not wait. False when
  // nothing has woken it for long.
  static bool turn(Loop& of) {
    const auto deadline = of.next_deadline();
    const auto wait = std::clamp<Duration>(deadline - of.clock(), 0ns, patience);
    pollfd ready{*of.descriptor(), POLLIN, 0};
    const int woken = ::poll(&ready, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count()));
    of.run_once(of.now());
    return woken > 0 || wait < patience;
  }
  template <class Condition>
  static bool until(Loop& of, Condition condition) {
    while (!condition()) {
      if (!turn(of)) return false;
    }
    return true;
  }
  static void be_idle(Loop& of) {
    ASSERT_TRUE(until(of, [&] { return of.next_deadline() == never; }));
  }

  // In another thread: causes an event each time when the one before has been noticed. True when all were.
  template <class Cause>
  bool notices_each(Loop& of, Cause cause) {
    be_idle(of);
    std::thread other([&] {
      for (int i = 0; i < times && !gave_up; ++i) {
        cause();
        while (noticed <= i && !gave_up) std::this_thread::yield();
      }
    });
    gave_up = !until(of, [&] { return noticed >= times; });
    other.join();
    return !gave_up;
  }

  std::atomic<int> noticed{0};
  std::atomic<bool> gave_up{false};
  Script server;
  Script client;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Embedding, each_driver(), driver_of);

// On io_uring the kernel loses notices of what an eventfd has made ready.
TEST_P(Embedding, WatchedDescriptorWakesTheOuterLoop) {
  for (const bool watched_first : {true, false}) {
    Loop inner({.driver = driver()});
    const auto pipe = open_pipe();
    std::optional<Watch> watch;
    const auto begin = [&] {
      watch = inner.watch(pipe[0], Interest::read, [&](Ready) {
        char byte = 0;
        if (::read(pipe[0], &byte, 1) == 1) ++noticed;
      });
    };
    if (watched_first) begin();
    ASSERT_TRUE(inner.descriptor());
    if (!watched_first) begin();
    noticed = 0;
    EXPECT_TRUE(notices_each(inner, [&] { EXPECT_EQ(::write(pipe[1], "x", 1), 1); }));
    watch.reset();
    ::close(pipe[0]);
    ::close(pipe[1]);
  }
}

TEST_P(Embedding, LoopInsideOfALoopInsideWakesTheOuterLoop) {
  Loop inner({.driver = driver()});
  auto remote = inner.remote();
  const auto watch = loop.watch(*inner.descriptor(), Interest::read, [&](Ready) { inner.run_once(inner.now()); });
  inner.run_once(inner.now());
  EXPECT_TRUE(notices_each(loop, [&] { remote.post([this] { ++noticed; }); }));
}

// The outer loop's own callbacks use this one between its turns.
TEST_P(Embedding, TimerThatIsStartedBetweenTurnsIsADeadline) {
  be_idle(loop);
  Timer timer(loop, [this] { ++noticed; });
  for (int i = 0; i < 20; ++i) {
    timer.start(2ms);
    EXPECT_NE(loop.next_deadline(), never);
    ASSERT_TRUE(until(loop, [&] { return noticed > i; }));
  }
}

TEST_P(Embedding, TimerThatAnotherThreadsTaskStartsWakesTheOuterLoop) {
  Timer timer(loop, [this] { ++noticed; });
  auto remote = loop.remote();
  EXPECT_TRUE(notices_each(loop, [&] { remote.post([&timer] { timer.start(1ms); }); }));
}

TEST_P(Embedding, EachTurnIsForAReason) {
  server.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  client.on_open = [](Connection& peer) { peer.send("hello"); };
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  const auto id = connect<Scripted>(loop, listener.address().to_string(), client.factory()).id();
  bool ticked = false;
  Timer timer(loop, [&] { ticked = true; });
  timer.start(30ms);
  ASSERT_TRUE(until(loop, [&] { return client.received == "hello" && ticked; }));
  EXPECT_LT(loop.stats().turns, 50U);
  EXPECT_NE(loop.find(id), nullptr);
}

}  // namespace
}  // namespace eddy::test
