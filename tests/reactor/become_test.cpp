// Another session for a connection: when it takes over, what it gets, and who is told of the end.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using Events = std::vector<std::string>;

// The server's session is `link.server`'s at first, and then `next`'s.
class Become : public OnDriver {
 protected:
  bool become_next(Connection& peer) { return peer.become<Scripted>(next.factory()); }
  // Its first line belongs to the old session, which then gives the connection away.
  void take_one_line_and_become() {
    link.server.on_data = [this](Connection& peer, Bytes in) {
      EXPECT_TRUE(become_next(peer));
      return in.text().find('\n') + 1;
    };
  }
  Script next;
  Script third;
  Link link{driver()};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Become, each_driver(), driver_of);

TEST_P(Become, NewSessionGetsOnOpenAndWhatOnDataDidNotConsume) {
  take_one_line_and_become();
  ASSERT_TRUE(link.open());
  link.at_client()->send("old\nnew");
  ASSERT_TRUE(link.until([&] { return next.received == "new"; }));
  link.at_client()->send(" and more");
  ASSERT_TRUE(link.until([&] { return next.received == "new and more"; }));
  link.at_client()->finish();
  ASSERT_TRUE(link.until([&] { return next.closed(); }));
  EXPECT_EQ(link.server.received, "old\n");
  EXPECT_EQ(link.server.events, (Events{"open", "data"}));
  EXPECT_EQ(next.events, (Events{"open", "data", "data", "end", "close"}));
  EXPECT_FALSE(next.why());
}

// The end has arrived when the old session, which paused meanwhile, is offered the bytes before it.
TEST_P(Become, NewSessionIsOfferedItsBytesBeforeTheEnd) {
  link.server.on_data = [](Connection& peer, Bytes /*in*/) {
    if (peer.bytes_out() == 0) peer.send(std::string(12 << 20, 'x'));
    return std::size_t{0};
  };
  RawSocket client(link.listener->address(), 256 << 10);
  client.send("old\nnew");
  client.finish();
  ASSERT_TRUE(link.until([&] { return link.server.count("high") == 1; }));
  turn_for(link.loop, std::chrono::milliseconds(20));
  link.at_server()->pause();
  ASSERT_TRUE(link.until([&] {
    while (!client.read_some(1 << 20).empty()) {
    }
    return link.server.count("low") == 1;
  }));
  EXPECT_EQ(link.server.count("end"), 0U);
  take_one_line_and_become();
  link.at_server()->resume();
  ASSERT_TRUE(link.until([&] { return next.count("end") == 1; }));
  EXPECT_EQ(next.events.front(), "open");
  EXPECT_EQ(next.events.at(1), "data");
  EXPECT_EQ(next.received, "new");
}

TEST_P(Become, NewSessionIsOfferedKeptBytesThatTheOldOneWasOfferedAgain) {
  link.server.on_data = [this](Connection& peer, Bytes in) {
    if (!in.text().ends_with('!')) return std::size_t{0};
    EXPECT_TRUE(become_next(peer));
    return std::size_t{2};
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("abc");
  ASSERT_TRUE(link.until([&] { return link.server.count("data") == 1; }));
  link.at_client()->send("de!");
  link.at_client()->finish();
  ASSERT_TRUE(link.until([&] { return next.closed(); }));
  EXPECT_EQ(next.received, "cde!");
  EXPECT_EQ(next.events, (Events{"open", "data", "end", "close"}));
}

// One that is destroyed when the last copy of its token is.
struct Tracked {
  Script* script;
  std::shared_ptr<int> token;
  std::size_t on_data(Connection& peer, Bytes in) const { return script->on_data(peer, in); }
};

TEST_P(Become, OldSessionIsThereUntilItsCallbackReturnsAndIsDestroyedThen) {
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> alive(token);
  Script old;
  old.on_data = [&](Connection& peer, Bytes in) {
    EXPECT_TRUE(become_next(peer));
    EXPECT_TRUE(peer.becoming());
    EXPECT_NE(peer.session<Tracked>(), nullptr);
    EXPECT_EQ(peer.session<Scripted>(), nullptr);
    EXPECT_FALSE(alive.expired());
    EXPECT_FALSE(next.opened());
    return in.size();
  };
  next.on_open = [&](Connection& peer) {
    EXPECT_TRUE(alive.expired());
    EXPECT_FALSE(peer.becoming());
    EXPECT_EQ(peer.session<Tracked>(), nullptr);
    ASSERT_NE(peer.session<Scripted>(), nullptr);
    EXPECT_EQ(peer.session<Scripted>()->script, &next);
  };
  connect<Tracked>(link.loop, link.listener->address().to_string(), [&] { return Tracked{&old, std::move(token)}; });
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->send("x");
  ASSERT_TRUE(link.until([&] { return next.opened(); }));
  EXPECT_TRUE(alive.expired());
}

TEST_P(Become, SessionsThatTookOverAreDestroyedOnceEach) {
  auto first = std::make_shared<int>();
  auto second = std::make_shared<int>();
  std::vector<std::weak_ptr<int>> alive{first, second};
  Script old;
  old.on_data = [&](Connection& peer, Bytes in) {
    if (second != nullptr) {
      peer.become<Tracked>([&] { return Tracked{&old, std::move(second)}; });
    } else {
      peer.abort();
    }
    return in.size();
  };
  connect<Tracked>(link.loop, link.listener->address().to_string(), [&] { return Tracked{&old, std::move(first)}; });
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->send("x");
  ASSERT_TRUE(link.until([&] { return alive[0].expired(); }));
  EXPECT_FALSE(alive[1].expired());
  link.at_server()->send("x");
  ASSERT_TRUE(link.until([&] { return alive[1].expired(); }));
}

TEST_P(Become, FromEachCallbackTheOldSessionIsNotCalledAgain) {
  for (const std::string from : {"open", "end", "high", "low", "idle", "drain", "when_sent"}) {
    SCOPED_TRACE(from);
    Script first;
    Script second;
    Loop loop({.driver = driver()});
    const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", link.client.factory());
    const auto give = [&](Connection& peer) { EXPECT_TRUE(peer.become<Scripted>(second.factory())); };
    first.on_open = [&](Connection& peer) {
      if (from == "open") give(peer);
      if (from == "high" || from == "low") peer.send(std::string(12 << 20, 'x'));
      if (from == "drain") peer.loop().drain(patience);
      if (from == "when_sent") peer.when_sent(give);
    };
    if (from == "end") first.on_end = give;
    if (from == "high") first.on_high = give;
    if (from == "low") first.on_low = give;
    if (from == "idle") first.on_idle = give;
    if (from == "drain") first.on_drain = give;
    ConnectOptions options;
    if (from == "idle") options.connection.idle_timeout = std::chrono::milliseconds(10);
    second.on_idle = [](Connection& /*peer*/) {};
    const auto id = connect<Scripted>(loop, listener.address().to_string(), first.factory(), options).id();
    ASSERT_TRUE(turn_until(loop, [&] { return first.opened() && link.client.last != Id{}; }));
    if (from == "end") loop.find(link.client.last)->finish();
    ASSERT_TRUE(turn_until(loop, [&] { return second.opened(); }));
    const auto calls = first.events.size();
    EXPECT_EQ(first.events.back(), from == "when_sent" ? "open" : from);
    if (auto* peer = loop.find(id)) peer->abort();
    ASSERT_TRUE(turn_until(loop, [&] { return second.closed(); }));
    EXPECT_EQ(first.events.size(), calls);
    EXPECT_EQ(second.count("open"), 1U);
    EXPECT_EQ(second.count("close"), 1U);
    EXPECT_EQ(second.count("end"), 0U);  // told already, or never
    link.client.last = {};
  }
}

TEST_P(Become, FromOutsideTakesOverBeforeTheNextCallbackAndNotInsideTheCall) {
  ASSERT_TRUE(link.open());
  const auto id = link.server.last;
  link.at_client()->send("x");
  ASSERT_TRUE(link.until([&] { return link.server.received == "x"; }));
  link.at_client()->send("y");
  EXPECT_TRUE(become_next(*link.loop.find(id)));
  EXPECT_FALSE(next.opened());
  ASSERT_TRUE(link.until([&] { return next.received == "y"; }));
  EXPECT_EQ(link.server.received, "x");
}

TEST_P(Become, LastOfSeveralCallsCounts) {
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> alive(token);
  Script unused;
  link.server.on_data = [&](Connection& peer, Bytes in) {
    EXPECT_TRUE(peer.become<Tracked>([&] { return Tracked{&unused, std::move(token)}; }));
    EXPECT_TRUE(become_next(peer));
    return in.size();
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("x");
  ASSERT_TRUE(link.until([&] { return next.opened(); }));
  EXPECT_TRUE(alive.expired());
}

TEST_P(Become, InOnOpenOfTheNewSessionGoesOn) {
  take_one_line_and_become();
  next.on_open = [&](Connection& peer) { EXPECT_TRUE(peer.become<Scripted>(third.factory())); };
  ASSERT_TRUE(link.open());
  link.at_client()->send("old\nnew");
  ASSERT_TRUE(link.until([&] { return third.received == "new"; }));
  EXPECT_EQ(next.events, Events{"open"});
}

TEST_P(Become, IsRefusedUnlessTheConnectionIsOpen) {
  int made = 0;
  const auto refused = [&](Connection& peer) {
    return !peer.become<Scripted>([&] {
      ++made;
      return Scripted{&next};
    });
  };
  link.client.on_close = [&](Connection& peer, std::error_code) { EXPECT_TRUE(refused(peer)); };
  EXPECT_TRUE(refused(link.connect()));
  ASSERT_TRUE(link.until([&] { return link.client.opened() && link.server.opened(); }));
  link.at_client()->close();
  EXPECT_TRUE(refused(*link.at_client()));
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_EQ(made, 0);
}

TEST_P(Become, OldSessionGetsOnCloseWhenTheConnectionClosesBeforeTheNewOneTakesOver) {
  link.server.on_data = [this](Connection& peer, Bytes in) {
    EXPECT_TRUE(become_next(peer));
    peer.close();
    return in.size();
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("x");
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(next.events, Events{});
}

TEST_P(Become, WhatTheFactoryThrowsLeavesTheCallAndTheSessionStays) {
  const auto throwing = []() -> Scripted { throw std::runtime_error("no session"); };
  int reported = 0;
  link.loop.on_exception([&](const std::exception_ptr&) { ++reported; });
  link.server.on_data = [&](Connection& peer, Bytes in) {
    if (link.server.received.empty()) {
      EXPECT_THROW(peer.become<Scripted>(throwing), std::runtime_error);
      EXPECT_FALSE(peer.becoming());
    } else {
      peer.become<Scripted>(throwing);
    }
    return in.size();
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("x");
  ASSERT_TRUE(link.until([&] { return link.server.received == "x"; }));
  EXPECT_EQ(reported, 0);
  link.at_client()->send("y");
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::callback_threw);
  EXPECT_EQ(reported, 1);
}

TEST_P(Become, BytesOfTheNewSessionAreNotHeldAgainstTheOldOnesInputLimit) {
  take_one_line_and_become();
  ASSERT_TRUE(link.open());
  auto options = link.at_server()->options();
  options.input_limit = 100;
  link.at_server()->set_options(options);
  link.at_client()->send("old\n" + std::string(2'000, 'x'));
  ASSERT_TRUE(link.until([&] { return next.received.size() == 2'000 || link.server.closed(); }));
  EXPECT_EQ(next.received.size(), 2'000U);
}

TEST_P(Become, PauseGoesOnUntilResume) {
  link.server.on_data = [this](Connection& peer, Bytes /*in*/) {
    peer.pause();
    EXPECT_TRUE(become_next(peer));
    return std::size_t{0};
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("x");
  ASSERT_TRUE(link.until([&] { return next.opened(); }));
  turn_for(link.loop, std::chrono::milliseconds(10));
  EXPECT_EQ(next.events, Events{"open"});
  link.loop.find(next.last)->resume();
  ASSERT_TRUE(link.until([&] { return next.received == "x"; }));
}

TEST_P(Become, LoopsEndIsToldToTheNewSession) {
  {
    Loop loop({.driver = driver()});
    const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", link.server.factory());
    auto& peer = connect<Scripted>(loop, listener.address().to_string(), link.client.factory());
    ASSERT_TRUE(turn_until(loop, [&] { return link.client.opened(); }));
    EXPECT_TRUE(become_next(peer));
    ASSERT_TRUE(turn_until(loop, [&] { return next.opened(); }));
    EXPECT_TRUE(peer.become<Scripted>(third.factory()));  // comes too late
  }
  EXPECT_EQ(next.why(), Errc::loop_gone);
  EXPECT_FALSE(link.client.closed());
  EXPECT_EQ(third.events, Events{});
}

}  // namespace
}  // namespace eddy::test
