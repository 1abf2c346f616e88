// A loop that poll(2), GLib or libuv turns is woken by whatever comes from outside. How soon is printed, and not
// judged: a machine that is busy has its own times.
#include <gtest/gtest.h>
#include <reactor/listener.h>
#include <reactor/timer.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <tuple>

#include "../support/driver_choice.h"
#include "../support/raw_socket.h"
#include "../support/scripted.h"
#include "outer_loops.h"

namespace eddy::test {
namespace {

constexpr int times = 100;

class OuterLoop : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    if (!loop.descriptor()) GTEST_SKIP() << driver << " has no descriptor";
    outer = make_outer(std::get<0>(GetParam()), loop);
    ASSERT_TRUE(outer->run_until([this] { return loop.next_deadline() == never; }));
  }

  void due(TimePoint at) { began = at; }
  void noticed() {
    waited.push_back(loop.clock() - began.load());
    ++seen;
  }

  // In another thread: causes an event each time when the one before has been noticed.
  template <class Cause>
  void expect_each_noticed(Cause cause) {
    std::atomic<bool> gave_up{false};
    std::thread other([&] {
      for (int i = 0; i < times && !gave_up; ++i) {
        due(loop.clock());
        cause();
        while (seen <= i && !gave_up) std::this_thread::yield();
      }
    });
    gave_up = !outer->run_until([this] { return seen >= times; });
    other.join();
    EXPECT_EQ(seen, times);
  }

  void TearDown() override {
    if (waited.empty()) return;
    const auto soon = std::count_if(waited.begin(), waited.end(), [](Duration each) { return each <= 20ms; });
    std::printf("[  WOKEN   ] %td of %zu within 20 ms, the last after %.2f ms\n", soon, waited.size(),
                std::chrono::duration<double, std::milli>(*std::max_element(waited.begin(), waited.end())).count());
  }

  const std::string& driver = driver_or_other(std::get<1>(GetParam()));
  const SkipWithout skip{std::get<1>(GetParam())};
  std::atomic<TimePoint> began{};
  std::atomic<int> seen{0};
  std::vector<Duration> waited;
  Script server;
  Loop loop{{.driver = driver}};
  std::unique_ptr<Outer> outer;
};
INSTANTIATE_TEST_SUITE_P(Each, OuterLoop, testing::Combine(testing::ValuesIn(outer_loops()), each_driver()),
                         [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

TEST_P(OuterLoop, IsWokenByAPost) {
  auto remote = loop.remote();
  expect_each_noticed([&] { remote.post([this] { noticed(); }); });
}

TEST_P(OuterLoop, IsWokenByANewConnection) {
  server.on_open = [this](Connection& peer) {
    noticed();
    peer.abort();
  };
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  expect_each_noticed([&] { const RawSocket peer(listener.address()); });
}

TEST_P(OuterLoop, IsWokenByData) {
  server.on_data = [this](Connection&, Bytes in) {
    noticed();
    return in.size();
  };
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  RawSocket peer(listener.address());
  ASSERT_TRUE(outer->run_until([this] { return server.opened(); }));
  expect_each_noticed([&] { peer.send("x"); });
}

// Started between the turns, as the outer loop's own callbacks do.
TEST_P(OuterLoop, IsWokenByATimer) {
  Timer timer(loop, [this] { noticed(); });
  for (int i = 0; i < times; ++i) {
    timer.start(3ms);
    due(loop.clock() + 3ms);
    ASSERT_TRUE(outer->run_until([&] { return seen > i; }));
  }
}

}  // namespace
}  // namespace eddy::test
