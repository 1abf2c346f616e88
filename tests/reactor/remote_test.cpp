// Contract 9: Remote is the one thread-safe type. Run under TSan, too.
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class RemotePost : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, RemotePost, each_driver(), driver_of);

TEST_P(RemotePost, StormFromManyThreadsLosesNoneAndKeepsEachThreadsOrder) {
  Loop loop({.driver = driver()});
  constexpr int threads = 8;
  constexpr int posts = 5000;
  std::vector<int> next(threads);  // the loop's thread alone touches it
  int ran = 0;
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t) {
    senders.emplace_back([remote = loop.remote(), t, &next, &ran] {
      for (int i = 0; i < posts; ++i) {
        EXPECT_TRUE(remote.post([t, i, &next, &ran] {
          EXPECT_EQ(next[static_cast<std::size_t>(t)]++, i);
          ++ran;
        }));
      }
    });
  }
  EXPECT_TRUE(turn_until(loop, [&] { return ran == threads * posts; }));
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(loop.stats().posts, static_cast<std::uint64_t>(threads * posts));
}

TEST_P(RemotePost, EndsAWaitWithoutADeadline) {
  Loop loop({.driver = driver()});
  std::thread other([remote = loop.remote(), &loop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // most likely the loop waits by now; right either way
    remote.post([&loop] { loop.stop(); });
  });
  loop.run();
  other.join();
}

TEST_P(RemotePost, ManyPostsBetweenTwoTurnsAreOneTurn) {
  Loop loop({.driver = driver()});
  // A wake that is left over would end the next wait each time; anything else that ends it early, once.
  bool waited = false;
  for (int round = 0; round < 5 && !waited; ++round) {
    int ran = 0;
    for (int i = 0; i < 1000; ++i) loop.remote().post([&] { ++ran; });
    loop.run_once(loop.now());
    EXPECT_EQ(ran, 1000);
    const auto before = loop.clock();
    loop.run_once(before + std::chrono::milliseconds(5));
    waited = loop.clock() >= before + std::chrono::milliseconds(5);
  }
  EXPECT_TRUE(waited);
}

TEST_P(RemotePost, AnswersFalseOnceTheLoopIsGone) {
  std::optional<Remote> remote;
  int ran = 0;
  const auto owned = std::make_shared<int>(1);
  {
    const Loop loop({.driver = driver()});
    remote = loop.remote();
    EXPECT_TRUE(remote->alive());
    EXPECT_TRUE(remote->post([&ran, owned] { ++ran; }));
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1) << "a task that did not run is destroyed with the loop";
  EXPECT_FALSE(remote->alive());
  EXPECT_FALSE(remote->post([&ran, owned] { ++ran; }));
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(ran, 0);
}

TEST_P(RemotePost, ThreadsThatPostWhileTheLoopEndsGetTrueOrFalse) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> gone{false};
    auto loop = std::make_unique<Loop>(LoopOptions{.driver = driver()});
    std::thread sender([remote = loop->remote(), &gone] {
      while (remote.post([] {})) {
      }
      gone = true;
    });
    for (int i = 0; i < 10; ++i) loop->run_once(loop->now());
    loop.reset();
    sender.join();
    EXPECT_TRUE(gone);
  }
}

TEST_P(RemotePost, TasksThatPostAgainDoNotStarveTheLoop) {
  Loop loop({.driver = driver()});
  const auto remote = loop.remote();
  int ran = 0;
  struct Again {
    const Remote& remote;
    int& ran;
    void operator()() const {
      ++ran;
      remote.post(Again{remote, ran});
    }
  };
  remote.post(Again{remote, ran});
  for (int i = 0; i < 5; ++i) loop.run_once(loop.now());
  EXPECT_EQ(ran, 5) << "one for each turn";
}

// One loop for each thread is how eddy uses many cores: messages between two of them.
TEST_P(RemotePost, TwoLoopsOnTwoThreadsTalk) {
  Loop main_loop({.driver = driver()});
  int answers = 0;
  std::optional<Remote> worker;
  std::atomic<bool> ready{false};
  std::thread thread([&, main = main_loop.remote()] {
    Loop loop({.driver = driver()});
    worker = loop.remote();
    ready = true;
    main.post([] {});
    loop.post([] {});
    bool done = false;
    while (!done) {
      loop.run_once();
      main.post([&answers] { ++answers; });
      done = loop.stats().posts >= 100;
    }
  });
  ASSERT_TRUE(turn_until(main_loop, [&] { return ready.load(); }));
  for (int i = 0; i < 100; ++i) worker->post([] {});
  EXPECT_TRUE(turn_until(main_loop, [&] { return answers > 0; }));
  thread.join();
}

}  // namespace
}  // namespace eddy::test
