// A TCP socket that is connected to itself, by a simultaneous open, is no connection to anybody.
#include <gtest/gtest.h>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class SelfConnect : public OnDriver {
 protected:
  // A port where nobody listens.
  Address nobody(std::string_view kind) {
    const Listener<Scripted> gone(loop, free_address(kind), script.factory());
    return gone.address();
  }
  Script script;
  Script server;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, SelfConnect, each_driver(), driver_of);

TEST_P(SelfConnect, IsRefusedAsIfNobodyListened) {
  std::vector<std::string> kinds{"tcp"};
  if (has_both_families()) kinds.emplace_back("tcp6");
  for (const auto& kind : kinds) {
    const auto ends = script.reasons.size();
    const auto target = nobody(kind).to_string();
    connect<Scripted>(loop, target, script.factory(), {.source = target});
    ASSERT_TRUE(turn_until(loop, [&] { return script.reasons.size() > ends || script.opened(); }));
    EXPECT_FALSE(script.opened());
    EXPECT_EQ(script.why(), std::errc::connection_refused);
  }
  EXPECT_EQ(loop.stats().connected, 0U);
}

// It leaves nothing behind: the same source address serves the next attempt.
TEST_P(SelfConnect, NextAddressIsTried) {
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  const auto itself = nobody("tcp");
  auto factory = script.factory();
  start_connecting(new_connection<Scripted>(loop, {}, factory), {itself, listener.address()},
                   {.source = itself.to_string()});
  ASSERT_TRUE(turn_until(loop, [&] { return server.opened() || script.closed(); }));
  EXPECT_TRUE(script.opened());
  EXPECT_EQ(loop.find(server.last)->peer_address(), itself);
}

}  // namespace
}  // namespace eddy::test
