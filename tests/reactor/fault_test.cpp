// Faults that a reactor must survive and that no other file here has.
#include <gtest/gtest.h>
#include <reactor/driver/socket_calls.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Faults : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Faults, each_driver(), driver_of);

TEST_P(Faults, ReadinessThatTurnsOutFalseIsNoErrorAndBlocksNobody) {
  if (driver() == "io_uring") return;  // is told of data by being given it
  Script script;
  Loop loop({.driver = driver()});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory());
  std::vector<Id> ids;
  script.on_open = [&](Connection& peer) { ids.push_back(peer.id()); };
  RawSocket first(listener.address());
  RawSocket second(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return ids.size() == 2; }));
  // Whoever is served first takes the other's data away behind the engine's back, before that one's event is looked at.
  int stolen = 0;
  script.on_data = [&](Connection& peer, Bytes in) {
    auto* other = loop.find(peer.id() == ids[0] ? ids[1] : ids[0]);
    char bytes[16];
    std::error_code error;
    if (stolen == 0 && driver::receive(other->native_handle(), bytes, sizeof bytes, error) > 0) ++stolen;
    return in.size();
  };
  first.send("one");
  second.send("two");
  ASSERT_TRUE(turn_until(loop, [&] { return stolen == 1; }));
  turn_for(loop, 2ms);
  EXPECT_EQ(script.received.size(), 3U);
  EXPECT_FALSE(script.closed());
  first.send("more");
  second.send("more");
  ASSERT_TRUE(turn_until(loop, [&] { return script.received.size() == 11; }));
}

TEST_P(Faults, PeerThatVanishesInTheMiddleOfAMessageIsAnEndLikeAnyOther) {
  Link link(driver());
  link.server.on_data = [](Connection&, Bytes) -> std::size_t { return 0; };  // waits for the rest
  {
    RawSocket peer(link.listener->address());
    peer.send("half a mess");
    ASSERT_TRUE(link.until([&] { return link.server.count("data") == 1; }));
  }
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.events, (std::vector<std::string>{"open", "data", "end", "close"}));
  EXPECT_EQ(link.loop.stats().memory, 0U);
}

TEST_P(Faults, ClosingListenerConnectionsAndLoopInOneCallbackIsDefined) {
  Link link(driver());
  std::vector<Id> ids;
  link.server.on_open = [&](Connection& peer) { ids.push_back(peer.id()); };
  std::vector<RawSocket> peers;
  for (int i = 0; i < 5; ++i) peers.emplace_back(link.listener->address());
  ASSERT_TRUE(link.until([&] { return ids.size() == 5; }));
  link.server.on_data = [&](Connection& peer, Bytes in) {
    link.listener.reset();
    for (const auto id : ids) {
      if (auto* each = link.loop.find(id)) each->abort();
    }
    link.loop.stop();
    EXPECT_EQ(peer.send("x"), SendResult::refused);
    return in.size();
  };
  for (auto& peer : peers) peer.send("x");
  link.loop.run();
  EXPECT_EQ(link.server.count("data"), 1U) << "nothing of the batch comes after abort";
  link.loop.run_once(link.loop.now());
  EXPECT_EQ(link.server.count("close"), 5U);
  EXPECT_FALSE(link.server.called_after_close);
}

}  // namespace
}  // namespace eddy::test
