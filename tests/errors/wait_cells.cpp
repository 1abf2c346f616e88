// Waiting.
#include <gtest/gtest.h>
#include <reactor/listener.h>
#include <reactor/watch.h>

#include <string>

#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "cells.h"

namespace eddy::test {

void check_wait(const Cell& cell, const std::string& call) {
  Script server;
  server.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  Loop loop({.driver = cell.driver});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  Fault fault(call, cell.error, cell.answer == "again" ? 3 : 1'000'000);
  if (cell.answer == "throws") {
    try {
      for (int i = 0; i < 3; ++i) turn(loop);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), cell.code());
    }
    return;
  }
  ASSERT_TRUE(until(loop, [&] { return fault.hits() > 0; }));
  if (cell.answer == "backs off") {
    EXPECT_LE(turns_in_a_while(loop), 15);
    fault.lift();
  } else {
    EXPECT_EQ(cell.answer, "again");
  }
  RawSocket client(listener.address());
  client.send("hello");
  std::string answer;
  EXPECT_TRUE(until(loop, [&] { return (answer += client.read_some()) == "hello"; }));
}

void check_watch(const Cell& cell) {
  auto [ours, theirs] = socket_pair();
  Loop loop({.driver = cell.driver});
  int calls = 0;
  Ready last;
  const auto watch = loop.watch(ours.descriptor(), Interest::read, [&](Ready ready) {
    ++calls;
    last = ready;
  });
  const Fault fault("ring:watch", cell.error, cell.answer == "again" ? 1 : 1'000'000);
  ASSERT_TRUE(until(loop, [&] { return fault.hits() == 1; }));
  if (cell.answer == "again") {
    theirs.send("x");
    EXPECT_TRUE(until(loop, [&] { return calls > 0; }));
    EXPECT_FALSE(last.error);
    return;
  }
  EXPECT_EQ(cell.answer, "tells the watch");
  ASSERT_TRUE(until(loop, [&] { return calls > 0; }));
  EXPECT_LE(turns_in_a_while(loop), 15);
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(last.error);
}

}  // namespace eddy::test
