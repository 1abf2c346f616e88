// Receiving and sending of streams.
#include <gtest/gtest.h>
#include <reactor/listener.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "cells.h"

namespace eddy::test {
namespace {

void expect_end(Loop& loop, const Script& script, const Cell& cell) {
  ASSERT_TRUE(until(loop, [&] { return script.closed(); }));
  EXPECT_EQ(script.why(), cell.code());
  EXPECT_EQ(script.count("close"), 1U);
}

void expect_nothing_told(const Script& script, const Cell& cell) {
  EXPECT_TRUE(cell.answer == "again" || cell.answer == "waits") << cell;
  EXPECT_FALSE(script.closed()) << script.why().message();
}

void check_send_of(std::size_t size, const std::string& call, const Cell& cell) {
  Script server;
  server.on_open = [size](Connection& peer) { peer.send(std::string(size, 'x')); };
  Loop loop({.driver = cell.driver});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  const Fault fault(call, cell.error);
  RawSocket client(listener.address());
  ASSERT_TRUE(until(loop, [&] { return fault.hits() == 1; }));
  if (cell.answer == "ends") return expect_end(loop, server, cell);
  std::string received;
  // The socket was not full: that it can be written is told with the next event.
  client.send("y");
  EXPECT_TRUE(until(loop, [&] { return (received += client.read_some()).size() == size; }));
  expect_nothing_told(server, cell);
}

}  // namespace

void check_receive(const Cell& cell) {
  Script server;
  Loop loop({.driver = cell.driver});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  const Fault fault(cell.fault("recv", "receive"), cell.error);
  RawSocket client(listener.address());
  client.send("one");
  ASSERT_TRUE(until(loop, [&] { return fault.hits() == 1; }));
  if (cell.answer == "ends") return expect_end(loop, server, cell);
  client.send("two");
  EXPECT_TRUE(until(loop, [&] { return server.received == "onetwo"; }));
  expect_nothing_told(server, cell);
}

// A large payload is offered to the system at once, by the system call on io_uring, too.
void check_send(const Cell& cell) {
  check_send_of(5, cell.fault("send", "send"), cell);
  if (cell.error != ECANCELED) check_send_of(20'000, "send", cell);
}

void check_changes(const Cell& cell) {
  Script server;
  server.on_open = [](Connection& peer) { peer.pause(); };
  Loop loop({.driver = cell.driver});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  const Fault fault("ring:changes", cell.error);
  RawSocket client(listener.address());
  ASSERT_TRUE(until(loop, [&] { return fault.hits() == 1; }));
  if (cell.answer == "ends") return expect_end(loop, server, cell);
  expect_nothing_told(server, cell);
  client.close_with_reset();
  EXPECT_TRUE(until(loop, [&] { return server.closed(); })) << "the reset is told while it is paused";
}

void check_pipe(const Cell& cell) {
  Script reader;
  Loop loop({.driver = cell.driver});
  const auto pipe = open_pipe();
  const OwnedSocket writing(pipe[1]);
  const Fault fault("ring:readable", cell.error);
  adopt<Scripted>(loop, OwnedSocket(pipe[0]), reader.factory());
  ASSERT_TRUE(until(loop, [&] { return fault.hits() == 1; }));
  if (cell.answer == "ends") return expect_end(loop, reader, cell);
  ASSERT_EQ(::write(pipe[1], "x", 1), 1);
  EXPECT_TRUE(until(loop, [&] { return reader.received == "x"; }));
  expect_nothing_told(reader, cell);
}

}  // namespace eddy::test
