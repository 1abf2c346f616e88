// A forked child has copies of its parent's loops. What it does with them must not reach the parent.
#include <gtest/gtest.h>
#include <poll.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <thread>

#include "../support/child.h"
#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ForkedLoop : public OnDriver {
 protected:
  void make_loop() { loop.emplace(LoopOptions{.driver = driver()}); }
  void listen(const std::string& address) { listener.emplace(*loop, address, script.factory()); }
  void echo() {
    script.on_data = [](Connection& peer, Bytes in) {
      peer.send(in);
      return in.size();
    };
  }
  // As a child does that goes on without the loop.
  bool destroy() {
    watch = {};
    listener.reset();
    loop.reset();
    return true;
  }
  bool answers(RawSocket& peer, std::string_view text) {
    peer.send(text);
    std::string got;
    return turn_until(*loop, [&] { return (got += peer.read_some()) == text; });
  }
  bool has_after_fork() const { return loop->driver().name != "io_uring"; }

  Script script;
  std::optional<Loop> loop;
  std::optional<Listener<Scripted>> listener;
  Watch watch;
};
INSTANTIATE_TEST_SUITE_P(Drivers, ForkedLoop, each_driver(), driver_of);

TEST_P(ForkedLoop, ThatAChildDestroysKeepsItsUnixSocketsFile) {
  const auto path = "/tmp/eddy-test-fork-" + std::to_string(::getpid());
  make_loop();
  listen("unix:" + path);
  EXPECT_TRUE(Child([&] { return destroy(); }).was_good());
  struct stat file {};
  EXPECT_EQ(::stat(path.c_str(), &file), 0);
  echo();
  RawSocket peer(listener->address());
  EXPECT_TRUE(answers(peer, "hello"));
  listener.reset();
  EXPECT_NE(::stat(path.c_str(), &file), 0) << "the parent, which made it, removes it";
}

TEST_P(ForkedLoop, ThatAChildDestroysKeepsItsWatch) {
  for (const bool turned : {false, true}) {
    const auto ends = open_pipe();
    make_loop();
    int calls = 0;
    watch = loop->watch(ends[0], Interest::read, [&](Ready) { ++calls; });
    if (turned) turn_for(*loop, 5ms);
    EXPECT_TRUE(Child([&] { return destroy(); }).was_good());
    ASSERT_EQ(::write(ends[1], "x", 1), 1);
    EXPECT_TRUE(turn_until(*loop, [&] { return calls > 0; })) << turned;
    destroy();
    ::close(ends[0]);
    ::close(ends[1]);
  }
}

TEST_P(ForkedLoop, ThatAChildDestroysStillTellsAnOuterLoopOfItsWatch) {
  const auto ends = open_pipe();
  make_loop();
  watch = loop->watch(ends[0], Interest::read, [](Ready) {});
  turn_for(*loop, 5ms);
  const auto descriptor = loop->descriptor();
  if (!descriptor) GTEST_SKIP() << "it has no descriptor";
  loop->run_once(loop->clock());
  EXPECT_TRUE(Child([&] { return destroy(); }).was_good());
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  pollfd outer{.fd = *descriptor, .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&outer, 1, 10'000), 1);
  destroy();
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_P(ForkedLoop, ThatWasNotTurnedServesWhenAChildHasDestroyedIt) {
  make_loop();
  listen("tcp://127.0.0.1:0");
  echo();
  RawSocket early(listener->address());
  EXPECT_TRUE(Child([&] { return destroy(); }).was_good());
  EXPECT_TRUE(answers(early, "hello"));
  RawSocket late(listener->address());
  EXPECT_TRUE(answers(late, "hello"));
}

TEST_P(ForkedLoop, ThatAChildDestroysKeepsItsConnections) {
  make_loop();
  listen("tcp://127.0.0.1:0");
  script.on_close = [&](Connection&, std::error_code) {
    if (Connection* other = loop->find(script.last)) other->send("somebody has left");
  };
  echo();
  RawSocket idle(listener->address());
  RawSocket peer(listener->address());
  ASSERT_TRUE(answers(idle, "hello"));
  ASSERT_TRUE(answers(peer, "hello"));
  EXPECT_TRUE(Child([&] {
                if (auto* connection = loop->find(script.last)) connection->abort();
                listener->close();
                return destroy() && !script.closed();
              }).was_good());
  EXPECT_TRUE(answers(peer, "again"));
  EXPECT_TRUE(answers(idle, "again"));
  EXPECT_FALSE(script.closed());
}

TEST_P(ForkedLoop, InputAtTheForkIsTheParents) {
  make_loop();
  listen("tcp://127.0.0.1:0");
  echo();
  RawSocket peer(listener->address());
  ASSERT_TRUE(answers(peer, "hello"));
  peer.send("more");
  RawSocket waiting(listener->address());
  EXPECT_TRUE(Child([&] { return destroy(); }).was_good());
  std::string got;
  EXPECT_TRUE(turn_until(*loop, [&] { return (got += peer.read_some()) == "more"; }));
  EXPECT_TRUE(answers(waiting, "hello"));
}

TEST_P(ForkedLoop, IsNotTurnedByAChild) {
  make_loop();
  EXPECT_TRUE(Child([&] {
                EXPECT_THROW(loop->run_once(loop->clock()), std::logic_error);
                EXPECT_THROW(loop->run(), std::logic_error);
                EXPECT_THROW(loop->run(RunUntil::nothing_left), std::logic_error);
                EXPECT_THROW(loop->descriptor(), std::logic_error);
                return !HasFailure();
              }).was_good());
}

TEST_P(ForkedLoop, IsNotWokenByAChild) {
  make_loop();
  loop->on_signal(SIGUSR1, [](int) {});
  const auto remote = loop->remote();
  loop->run_once(loop->clock());
  const auto descriptor = loop->descriptor();
  EXPECT_TRUE(Child([&] {
                ::raise(SIGUSR1);
                return !remote.alive() && !remote.post([] {});
              }).was_good());
  if (descriptor) {
    pollfd outer{.fd = *descriptor, .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&outer, 1, 20), 0);
  }
  EXPECT_TRUE(remote.alive());
}

TEST_P(ForkedLoop, IsDestroyedByAChildThoughAnotherThreadWasPosting) {
  make_loop();
  std::atomic<bool> enough = false;
  std::thread poster([remote = loop->remote(), &enough] {
    while (!enough) remote.post([] {});
  });
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(Child([&] { return destroy(); }).was_good());
    loop->run_once(loop->clock());
  }
  enough = true;
  poster.join();
}

TEST_P(ForkedLoop, ServesInAChildAfterFork) {
  const auto ends = open_pipe();
  make_loop();
  if (!has_after_fork()) GTEST_SKIP() << "cannot";
  listen("tcp://127.0.0.1:0");
  echo();
  loop->after_fork();  // of no fork: nothing
  int ready = 0;
  watch = loop->watch(ends[0], Interest::read, [&](Ready) {
    char byte = 0;
    ready += ::read(ends[0], &byte, 1) == 1 ? 1 : 0;
  });
  int due = 0;
  Timer timer(*loop, [&] { ++due; });
  timer.start(1ms);
  int tasks = 0;
  loop->post([&] { ++tasks; });
  int signals = 0;
  loop->on_signal(SIGUSR1, [&](int) { ++signals; });
  ::raise(SIGUSR1);  // the parent's alone
  Child child([&] {
    ::raise(SIGUSR1);
    loop->after_fork();
    int remote_tasks = 0;
    loop->remote().post([&] { ++remote_tasks; });
    return turn_until(*loop, [&] { return script.closed() && ready > 0 && due > 0 && signals > 0; }) && due == 1 &&
           tasks == 1 && remote_tasks == 1 && signals == 1;
  });
  {
    RawSocket peer(listener->address());
    peer.send("hello");
    std::string got;
    while (got != "hello" && peer.wait_readable(patience)) got += peer.read_some();
    EXPECT_EQ(got, "hello") << "the parent does not turn";
  }
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_TRUE(child.was_good());
  RawSocket peer(listener->address());
  EXPECT_TRUE(answers(peer, "hello"));
  EXPECT_TRUE(turn_until(*loop, [&] { return due == 1 && tasks == 1 && signals == 1; }));
  watch = {};
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_P(ForkedLoop, ReceivesDatagramsInAChildAfterFork) {
  struct Answer {
    int* received;
    void on_datagram(DatagramSocket& socket, Bytes in, const Address& from) const {
      ++*received;
      socket.send_to(from, in);
    }
  };
  make_loop();
  if (!has_after_fork()) GTEST_SKIP() << "cannot";
  int received = 0;
  std::optional<Datagram<Answer>> socket;
  socket.emplace(*loop, "udp://127.0.0.1:0", [&] { return Answer{&received}; });
  Child child([&] {
    loop->after_fork();
    return turn_until(*loop, [&] { return received > 0; });
  });
  RawSocket peer(socket->address());
  peer.send("hello");
  EXPECT_TRUE(peer.wait_readable(patience));
  EXPECT_TRUE(child.was_good());
}

TEST_P(ForkedLoop, OnIoUringSaysWhatToDoInsteadOfAfterFork) {
  make_loop();
  if (has_after_fork()) GTEST_SKIP() << "it can";
  EXPECT_TRUE(Child([&] {
                try {
                  loop->after_fork();
                } catch (const std::logic_error& error) {
                  return std::string_view(error.what()).find("a new Loop") != std::string_view::npos;
                }
                return false;
              }).was_good());
  EXPECT_TRUE(Child([&] {
                const Loop own({.driver = driver()});
                return destroy();
              }).was_good());
}

TEST_P(ForkedLoop, AfterForkIsRefusedInACallback) {
  make_loop();
  bool refused = false;
  loop->post([&] {
    try {
      loop->after_fork();
    } catch (const std::logic_error&) {
      refused = true;
    }
  });
  EXPECT_TRUE(turn_until(*loop, [&] { return refused; }));
}

}  // namespace
}  // namespace eddy::test
