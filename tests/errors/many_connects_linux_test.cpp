// More connects in one turn than io_uring's submission queue has room for, while the system has no memory for a part.
#include <gtest/gtest.h>
#include <reactor/listener.h>

#include <cerrno>

#include "../support/fixture.h"
#include "fault.h"

namespace eddy::test {
namespace {

// Those that were submitted must not be submitted again: by then they may be open, and what they need for it is freed.
TEST(ManyConnects, AreEachMadeOnceThoughSomeCouldNotBeSubmitted) {
  if (!why_not("io_uring").empty()) GTEST_SKIP() << why_not("io_uring");
  constexpr std::size_t count = 3000;
  Script accepted;
  Script connected;
  Loop server;
  const Listener<Scripted> listener(server, "tcp://127.0.0.1:0", accepted.factory(), {.backlog = 4096});
  Loop loop({.driver = "io_uring"});
  for (std::size_t i = 0; i < count; ++i) {
    connect<Scripted>(loop, listener.address().to_string(), connected.factory());
  }
  Fault fault("io_uring_enter", EAGAIN);
  EXPECT_TRUE(turn_until(loop, [&] {
    server.run_once(server.clock());
    const InEngine engine;
    loop.run_once(loop.clock());
    return connected.count("open") == count;
  }));
  EXPECT_EQ(fault.hits(), 1);
  EXPECT_EQ(connected.count("close"), 0U);
}

}  // namespace
}  // namespace eddy::test
