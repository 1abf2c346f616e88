// What outlives its loop is named, closed and harmless; who calls a loop on another thread is told.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/loop.h>
#include <reactor/pool_listener.h>
#include <reactor/timer.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../support/fixture.h"
#include "../support/kernel.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class LoopMembers : public OnDriver {
 protected:
  void SetUp() override { loop.emplace(LoopOptions{.driver = driver()}); }
  // What ~Loop says.
  std::string end_loop() {
    testing::internal::CaptureStderr();
    loop.reset();
    return testing::internal::GetCapturedStderr();
  }
  std::optional<Loop> loop;
};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopMembers, each_driver(), driver_of);

struct NoData {
  void on_data(Connection& /*peer*/, Bytes /*in*/) {}
};
struct NoDatagram {
  void on_datagram(DatagramSocket& /*socket*/, Bytes /*payload*/, const Address& /*from*/) {}
};

TEST_P(LoopMembers, ListenerThatOutlivesItsLoopIsNamedClosedAndHarmless) {
  Listener<NoData> listener(*loop, "tcp://127.0.0.1:0");
  const auto address = listener.address().to_string();
  const auto said = end_loop();
  EXPECT_NE(said.find("a Listener on " + address), std::string::npos) << said;
  EXPECT_EQ(said.find("Timer"), std::string::npos) << said;  // it has one inside
  EXPECT_TRUE(listener.closed());
  listener.close();
  EXPECT_EQ(listener.connections(), 0U);
  Loop another({.driver = driver()});
  EXPECT_NO_THROW(Listener<NoData>(another, address));
}

TEST_P(LoopMembers, ClosedListenerThatOutlivesItsLoopIsNamedAndHarmless) {
  Listener<NoData> listener(*loop, "tcp://127.0.0.1:0");
  listener.close();
  EXPECT_NE(end_loop().find("a closed Listener of tcp://127.0.0.1:"), std::string::npos);
  listener.close();
}

TEST_P(LoopMembers, DatagramThatOutlivesItsLoopIsNamedClosedAndHarmless) {
  Datagram<NoDatagram> socket(*loop, "udp://127.0.0.1:0");
  const auto address = socket.address();
  const auto said = end_loop();
  EXPECT_NE(said.find("a Datagram on " + address.to_string()), std::string::npos) << said;
  EXPECT_TRUE(socket.closed());
  socket.pause();
  socket.resume();
  EXPECT_EQ(socket.send_to(address, "x"), SendResult::refused);
  EXPECT_EQ(socket.send("x"), SendResult::refused);
  EXPECT_THROW(socket.connect(address.to_string()), std::system_error);
  socket.close();
}

TEST_P(LoopMembers, TimerThatOutlivesItsLoopIsNamedAndHarmless) {
  Timer running(*loop, [] { ADD_FAILURE(); });
  running.start_every(std::chrono::milliseconds(1));
  Timer resting(*loop, [] { ADD_FAILURE(); });
  const auto said = end_loop();
  EXPECT_NE(said.find("a Timer that runs"), std::string::npos) << said;
  EXPECT_NE(said.find("a Timer that does not run"), std::string::npos) << said;
  for (auto* timer : {&running, &resting}) {
    EXPECT_FALSE(timer->running());
    timer->start(Duration(1));
    timer->start_at(TimePoint::min());
    timer->start_every(Duration(1));
    timer->cancel();
    EXPECT_FALSE(timer->running());
  }
}

TEST_P(LoopMembers, WatchThatOutlivesItsLoopIsNamedAndHarmless) {
  Link link(driver());
  const RawSocket socket(link.listener->address());
  const auto descriptor = socket.descriptor();
  auto watch = loop->watch(descriptor, Interest::read, [](Ready) { ADD_FAILURE(); });
  const auto said = end_loop();
  EXPECT_NE(said.find("a Watch of descriptor " + std::to_string(descriptor)), std::string::npos) << said;
  watch.set_interest(Interest::both);
}

TEST_P(LoopMembers, LoopWhoseMembersAreGoneSaysNothing) {
  {
    Listener<NoData> listener(*loop, "tcp://127.0.0.1:0");
    Datagram<NoDatagram> socket(*loop, "udp://127.0.0.1:0");
    Timer timer(*loop, [] {});
    timer.start(std::chrono::hours(1));
  }
  EXPECT_EQ(end_loop(), "");
}

TEST_P(LoopMembers, MembersBeyondTenAreCounted) {
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 12; ++i) timers.push_back(std::make_unique<Timer>(*loop, [] {}));
  const auto said = end_loop();
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 11) << said;
  EXPECT_NE(said.find("2 more"), std::string::npos) << said;
}

TEST_P(LoopMembers, PoolListenerThatOutlivesItsPoolIsNamedAndHarmless) {
  auto pool = std::make_unique<LoopPool>(2, LoopOptions{.driver = driver()});
  PoolListener<NoData> listener(*pool, "tcp://127.0.0.1:0");
  testing::internal::CaptureStderr();
  pool.reset();
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("a Listener on " + listener.address().to_string()), std::string::npos) << said;
  EXPECT_EQ(listener.connections(), 0U);
}

TEST_P(LoopMembers, CallOnAnotherThreadIsToldInEveryBuild) {
#ifdef NDEBUG
  Timer timer(*loop, [] {});
  loop->run_once(loop->clock());
  testing::internal::CaptureStderr();
  std::thread([&] {
    timer.cancel();
    timer.cancel();
  }).join();
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("Timer::cancel was called on another thread"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
#elif !defined(GTEST_HAS_DEATH_TEST)
  GTEST_SKIP() << "a debug build ends there, which this system's tests cannot observe";
#else
  // A child's own loop: it minds no threads of one that it has from its parent.
  const auto call = [&] {
    Loop own({.driver = driver()});
    Timer timer(own, [] {});
    own.run_once(own.clock());
    std::thread([&] { timer.cancel(); }).join();
  };
  // The program that is started anew has no other threads when it forks. Where it cannot be, it forks as it is.
  GTEST_FLAG_SET(death_test_style, runs_own_program() ? "threadsafe" : "fast");
  EXPECT_DEATH(call(), "Timer::cancel was called on another thread");
#endif
}

// The socket is destroyed by what it receives, with more to come; and when it sends.
struct DestroysIt {
  std::function<void()> destroy;
  void on_datagram(DatagramSocket& socket, Bytes /*payload*/, const Address& from) {
    socket.send_to(from, "gone");
    destroy();
  }
};

TEST_P(LoopMembers, DatagramMayBeDestroyedInItsOwnCallback) {
  std::unique_ptr<Datagram<DestroysIt>> socket;
  socket = std::make_unique<Datagram<DestroysIt>>(*loop, "udp://127.0.0.1:0",
                                                  [&] { return DestroysIt{[&] { socket.reset(); }}; });
  Datagram<NoDatagram> sender(*loop, "udp://127.0.0.1:0");
  for (int i = 0; i < 5; ++i) sender.send_to(socket->address(), "x");
  EXPECT_TRUE(turn_until(*loop, [&] { return socket == nullptr; }));
  turn_for(*loop, std::chrono::milliseconds(5));
}

struct DestroysItOnError {
  std::function<void()> destroy;
  void on_datagram(DatagramSocket& /*socket*/, Bytes /*payload*/, const Address& /*from*/) {}
  void on_error(DatagramSocket& /*socket*/, std::error_code /*why*/) { destroy(); }
};

TEST_P(LoopMembers, DatagramMayBeDestroyedInItsOnError) {
  std::unique_ptr<Datagram<DestroysItOnError>> socket;
  socket = std::make_unique<Datagram<DestroysItOnError>>(*loop, "udp://127.0.0.1:0",
                                                         [&] { return DestroysItOnError{[&] { socket.reset(); }}; });
  const std::string too_long(70'000, 'x');
  for (int i = 0; i < 3; ++i) socket->send_to(Address::parse("udp://127.0.0.1:9"), too_long);
  EXPECT_TRUE(turn_until(*loop, [&] { return socket == nullptr; }));
  turn_for(*loop, std::chrono::milliseconds(5));
}

struct DestroysItOnLow {
  std::function<void()> destroy;
  void on_datagram(DatagramSocket& /*socket*/, Bytes /*payload*/, const Address& /*from*/) {}
  void on_low(DatagramSocket& /*socket*/) { destroy(); }
};

TEST_P(LoopMembers, DatagramMayBeDestroyedInItsOnLow) {
  std::unique_ptr<Datagram<DestroysItOnLow>> socket;
  Datagram<NoDatagram> receiver(*loop, "udp://127.0.0.1:0");
  socket = std::make_unique<Datagram<DestroysItOnLow>>(
      *loop, "udp://127.0.0.1:0", [&] { return DestroysItOnLow{[&] { socket.reset(); }}; },
      DatagramOptions{.output_cap = 1});
  EXPECT_NE(socket->send_to(receiver.address(), "x"), SendResult::refused);
  EXPECT_EQ(socket->send_to(receiver.address(), "x"), SendResult::refused);
  EXPECT_TRUE(turn_until(*loop, [&] { return socket == nullptr; }));
}

struct ClosesIt {
  void on_datagram(DatagramSocket& socket, Bytes /*payload*/, const Address& /*from*/) const { socket.close(); }
};

TEST_P(LoopMembers, DatagramThatClosesInItsCallbackHasNobodyToAnswer) {
  Datagram<ClosesIt> socket(*loop, "udp://127.0.0.1:0");
  Datagram<NoDatagram> sender(*loop, "udp://127.0.0.1:0");
  sender.send_to(socket.address(), "x");
  ASSERT_TRUE(turn_until(*loop, [&] { return socket.closed(); }));
  EXPECT_TRUE(socket.arrival().to.is_unnamed());
  EXPECT_EQ(socket.answer("y"), SendResult::refused);
}

}  // namespace
}  // namespace eddy::test
