// What ~Loop destroys may call the loop from its destructor: tasks, sessions, callbacks.
#include <gtest/gtest.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

// Calls all that a destructor may want of a loop.
struct CallsTheLoop {
  explicit CallsTheLoop(Loop& of, int& counted) : loop(&of), count(&counted) {}
  CallsTheLoop(CallsTheLoop&& other) noexcept : loop(std::exchange(other.loop, nullptr)), count(other.count) {}
  CallsTheLoop& operator=(CallsTheLoop&&) = delete;
  ~CallsTheLoop() {
    if (loop == nullptr) return;
    ++*count;
    for (int i = 0; i < 100; ++i) loop->post([] { ADD_FAILURE() << "ran after the end"; });
    EXPECT_FALSE(loop->remote().post([] {}));
    EXPECT_EQ(loop->find(Id{}), nullptr);
    loop->stop();
    Timer timer(*loop, [] {});
    timer.start(Duration(1));
    loop->on_exception([](const std::exception_ptr&) {});
    EXPECT_THROW(connect<Scripted>(*loop, "tcp://127.0.0.1:1", Script().factory()), std::system_error);
    loop->drain(Duration(1));
  }
  Loop* loop;
  int* count;
};

class LoopDestructor : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopDestructor, each_driver(), driver_of);

TEST_P(LoopDestructor, DestroyedTasksMayCallTheLoop) {
  int destroyed = 0;
  {
    Loop loop({.driver = driver()});
    for (int i = 0; i < 3; ++i) loop.post([words = CallsTheLoop(loop, destroyed)] { ADD_FAILURE(); });
    EXPECT_TRUE(loop.remote().post([words = CallsTheLoop(loop, destroyed)] { ADD_FAILURE(); }));
  }
  EXPECT_EQ(destroyed, 4);
}

TEST_P(LoopDestructor, TaskPostedByADestroyedTaskIsDestroyedToo) {
  struct PostsAnother {
    PostsAnother(Loop& of, int& counted, int more) : loop(&of), count(&counted), left(more) {}
    PostsAnother(PostsAnother&& other) noexcept
        : loop(std::exchange(other.loop, nullptr)), count(other.count), left(other.left) {}
    PostsAnother& operator=(PostsAnother&&) = delete;
    ~PostsAnother() {
      if (loop == nullptr) return;
      ++*count;
      if (left > 0) loop->post([next = PostsAnother(*loop, *count, left - 1)] { ADD_FAILURE(); });
    }
    Loop* loop;
    int* count;
    int left;
  };
  int destroyed = 0;
  {
    Loop loop({.driver = driver()});
    loop.post([first = PostsAnother(loop, destroyed, 20)] { ADD_FAILURE(); });
  }
  EXPECT_EQ(destroyed, 21);
}

TEST_P(LoopDestructor, DestroyedCallbacksMayCallTheLoop) {
  int destroyed = 0;
  {
    Loop loop({.driver = driver()});
    loop.on_exception([words = CallsTheLoop(loop, destroyed)](const std::exception_ptr&) {});
    loop.on_signal(SIGTERM, [words = CallsTheLoop(loop, destroyed)](int) {});
  }
  EXPECT_EQ(destroyed, 2);
}

TEST_P(LoopDestructor, DestroyedSessionsMayCallTheLoop) {
  struct Speaks {
    CallsTheLoop words;
    void on_data(Connection& /*peer*/, Bytes /*in*/) {}
  };
  int destroyed = 0;
  {
    Loop loop({.driver = driver()});
    std::optional<Listener<Speaks>> listener;
    listener.emplace(loop, "tcp://127.0.0.1:0", [&] { return Speaks{CallsTheLoop(loop, destroyed)}; });
    for (int i = 0; i < 2; ++i) {
      connect<Speaks>(loop, listener->address().to_string(), [&] { return Speaks{CallsTheLoop(loop, destroyed)}; });
    }
    EXPECT_TRUE(turn_until(loop, [&] { return loop.stats().open == 4; }));
    listener.reset();
  }
  EXPECT_EQ(destroyed, 4);
}

TEST_P(LoopDestructor, CallbackThatIsReplacedMayReplaceItsSuccessor) {
  struct Replaces {
    explicit Replaces(Loop& of) : loop(&of) {}
    Replaces(Replaces&& other) noexcept : loop(std::exchange(other.loop, nullptr)) {}
    Replaces& operator=(Replaces&&) = delete;
    ~Replaces() {
      if (loop != nullptr) loop->on_exception([](const std::exception_ptr&) {});
    }
    Loop* loop;
  };
  Loop loop({.driver = driver()});
  loop.on_exception([replaces = Replaces(loop)](const std::exception_ptr&) {});
  auto counted = std::make_shared<int>(0);
  loop.on_exception([counted](const std::exception_ptr&) { ADD_FAILURE() << "replaced"; });
  EXPECT_EQ(counted.use_count(), 1);
}

}  // namespace
}  // namespace eddy::test
