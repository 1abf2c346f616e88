// Contract 12: an exception that leaves a callback ends that connection and nothing else.
#include <gtest/gtest.h>
#include <reactor/datagram.h>

#include <stdexcept>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Exceptions : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Exceptions, each_driver(), driver_of);

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  }
}

TEST_P(Exceptions, EndThatConnectionAndTheOthersGoOn) {
  Link link(driver());
  std::vector<std::string> told;
  link.loop.on_exception([&](const std::exception_ptr& error) { told.push_back(text_of(error)); });
  link.server.on_data = [](Connection& peer, Bytes in) {
    if (in.text() == "bad") throw std::runtime_error("bad message");
    peer.send(in);
    return in.size();
  };
  RawSocket good(link.listener->address());
  RawSocket bad(link.listener->address());
  bad.send("bad");
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::callback_threw);
  EXPECT_EQ(told, std::vector<std::string>{"bad message"});
  EXPECT_EQ(link.loop.stats().exceptions, 1U);
  good.send("good");
  std::string answer;
  ASSERT_TRUE(link.until([&] { return (answer += good.read_some()) == "good"; }));
}

TEST_P(Exceptions, FromTasksTimersAndDatagramsGoToTheHandler) {
  struct Thrower {
    static void on_datagram(DatagramSocket&, Bytes, const Address&) { throw std::runtime_error("datagram"); }
  };
  Loop loop({.driver = driver()});
  std::vector<std::string> told;
  loop.on_exception([&](const std::exception_ptr& error) { told.push_back(text_of(error)); });
  loop.post([] { throw std::runtime_error("task"); });
  Timer timer(loop, [] { throw std::runtime_error("timer"); });
  timer.start(0ns);
  const Datagram<Thrower> socket(loop, "udp://127.0.0.1:0");
  RawSocket(socket.address()).send("x");
  ASSERT_TRUE(turn_until(loop, [&] { return told.size() == 3; }));
  EXPECT_EQ(std::count(told.begin(), told.end(), "task"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "timer"), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), "datagram"), 1);
  EXPECT_FALSE(socket.closed()) << "a datagram socket lives on";
}

TEST_P(Exceptions, FromOnOpenOnEndAndOnCloseLeaveTheLoopWell) {
  for (const auto* where : {"open", "end", "close"}) {
    Link link(driver());
    link.loop.on_exception([](std::exception_ptr) {});
    const auto thrower = [&](const char* name) {
      if (std::string(where) == name) throw std::runtime_error(name);
    };
    link.server.on_open = [&](Connection&) { thrower("open"); };
    link.server.on_end = [&](Connection& peer) {
      thrower("end");
      peer.close();
    };
    link.server.on_close = [&](Connection&, std::error_code) { thrower("close"); };
    { const RawSocket peer(link.listener->address()); }
    ASSERT_TRUE(link.until([&] { return link.server.closed(); })) << where;
    EXPECT_EQ(link.loop.stats().exceptions, 1U) << where;
    EXPECT_EQ(link.loop.stats().open, 0U) << where;
    EXPECT_EQ(link.server.count("close"), 1U);
  }
}

TEST_P(Exceptions, FromASessionsConstructionCostThatConnectionAlone) {
  Script script;
  Loop loop({.driver = driver()});
  loop.on_exception([](std::exception_ptr) {});
  int made = 0;
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", [&]() -> Scripted {
    if (++made == 1) throw std::runtime_error("not now");
    return Scripted{&script};
  });
  RawSocket first(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return made == 1; }));
  const RawSocket second(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return script.opened(); }));
  ASSERT_TRUE(turn_until(loop, [&] {
    first.read_some();
    return first.ended() || first.reset();
  }));
  EXPECT_EQ(loop.stats().open, 1U);
}

TEST_P(Exceptions, WithoutAHandlerAreOneLineOnStderr) {
  Loop loop({.driver = driver()});
  loop.post([] { throw std::runtime_error("something odd"); });
  testing::internal::CaptureStderr();
  loop.run_once(loop.now());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "eddy: an exception left a callback: something odd\n");
}

TEST_P(Exceptions, SettingUpThrowsWithWhatWasTried) {
  Link link(driver());
  const auto expect_error = [&](const std::string& words, auto&& attempt) {
    try {
      attempt();
      ADD_FAILURE() << "expected an error with " << words;
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  const auto busy = link.listener->address().to_string();
  expect_error("listen on " + busy + ": Address ",  // (already) in use: the C library's words

               [&] { Listener<Scripted>(link.loop, busy, link.server.factory()); });
  expect_error("expected tcp:// or unix:",
               [&] { Listener<Scripted>(link.loop, "udp://127.0.0.1:0", link.server.factory()); });
  expect_error("tcp://nowhere", [&] { connect<Scripted>(link.loop, "tcp://nowhere", link.client.factory()); });
  EXPECT_EQ(link.loop.stats().open, 0U);
}

TEST_P(Exceptions, HandlerMayReplaceItself) {
  Loop loop({.driver = driver()});
  std::vector<std::string> told;
  loop.on_exception([&, first = std::string("first")](const std::exception_ptr&) {
    loop.on_exception([&](const std::exception_ptr&) { told.emplace_back("second"); });
    told.push_back(first);
  });
  for (int i = 0; i < 2; ++i) loop.post([] { throw std::runtime_error("x"); });
  loop.run_once(loop.now());
  EXPECT_EQ(told, (std::vector<std::string>{"first", "second"}));
}

}  // namespace
}  // namespace eddy::test
