// Accepting and connecting.
#include <gtest/gtest.h>
#include <reactor/listener.h>
#include <reactor/observer.h>

#include <memory>
#include <string>
#include <vector>

#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "cells.h"

namespace eddy::test {
namespace {

constexpr int without_end = 1'000'000;

struct AcceptLog final : Observer {
  void accept_failed(const Address&, std::error_code why, bool) override { told.push_back(why); }
  std::vector<std::error_code> told;
};

// Accepting fails, with a client in the backlog, until the fault is lifted.
void expect_back_off(Loop& loop, Fault& fault, const AcceptLog& log, int failures_each_time) {
  ASSERT_TRUE(until(loop, [&] { return !log.told.empty(); }));
  EXPECT_LE(turns_in_a_while(loop), 50 * failures_each_time) << "it does not spin";
  EXPECT_LE(fault.hits(), 8 * failures_each_time);
  EXPECT_EQ(loop.stats().accept_errors, static_cast<std::uint64_t>(fault.hits()));
  EXPECT_EQ(log.told.size(), 1U);
  EXPECT_EQ(loop.stats().accepted, 0U);
  fault.lift();
}

bool is_told_to_go(Loop& loop, RawSocket& client) {
  return until(loop, [&] {
    client.read_some();
    return client.ended() || client.reset();
  });
}

}  // namespace

void check_accept(const Cell& cell) {
  Script script;
  AcceptLog log;
  Loop loop({.driver = cell.driver, .observer = &log});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory());
  RawSocket client(listener.address());
  const bool lasts = cell.answer == "backs off";
  Fault fault(cell.fault("accept4", "accept"), cell.error, lasts ? without_end : 1);
  ASSERT_TRUE(until(loop, [&] { return fault.hits() > 0; }));
  if (lasts) {
    expect_back_off(loop, fault, log, cell.call == "accept" ? 1 : 64);
    EXPECT_EQ(log.told, std::vector{cell.code()});
  } else if (cell.answer == "sheds") {
    ASSERT_TRUE(is_told_to_go(loop, client));
    EXPECT_EQ(loop.stats().shed, 1U);
    EXPECT_EQ(loop.stats().accept_errors, 1U);
    EXPECT_EQ(log.told, std::vector{cell.code()});
    client = RawSocket(listener.address());
  } else if (cell.answer == "next") {
    EXPECT_EQ(loop.stats().accept_errors, 1U);
  } else {
    EXPECT_TRUE(cell.answer == "again" || cell.answer == "waits") << cell;
    EXPECT_EQ(loop.stats().accept_errors, 0U);
  }
  EXPECT_TRUE(until(loop, [&] { return loop.stats().accepted == 1; }));
}

void check_registration_of_accepted(const Cell& cell) {
  ASSERT_EQ(cell.answer, "drops");
  Script script;
  AcceptLog log;
  Loop loop({.driver = cell.driver, .observer = &log});
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory());
  const Fault fault("epoll_ctl", cell.error);
  RawSocket dropped(listener.address());
  ASSERT_TRUE(is_told_to_go(loop, dropped));
  EXPECT_EQ(log.told, std::vector{cell.code()});
  EXPECT_EQ(loop.stats().accept_errors, 1U);
  const RawSocket client(listener.address());
  EXPECT_TRUE(until(loop, [&] { return loop.stats().accepted == 1; }));
}

void check_registration_of_listener(const Cell& cell) {
  ASSERT_EQ(cell.answer, "backs off");
  Script script;
  AcceptLog log;
  Loop loop({.driver = cell.driver, .observer = &log});
  Fault fault("epoll_ctl", cell.error, without_end);
  std::unique_ptr<Listener<Scripted>> listener;
  {
    const InEngine engine;
    listener = std::make_unique<Listener<Scripted>>(loop, "tcp://127.0.0.1:0", script.factory());
  }
  const RawSocket client(listener->address());
  expect_back_off(loop, fault, log, 1);
  EXPECT_TRUE(until(loop, [&] { return loop.stats().accepted == 1; }));
}

namespace {

// Connects to `count` addresses of a name, which are all the listener's, while `call` fails once.
void connect_with_fault(const Cell& cell, const std::string& call, const std::string& kind, std::size_t count,
                        Script& script) {
  Script server;
  Loop loop({.driver = cell.driver});
  const Listener<Scripted> listener(loop, free_address(kind), server.factory());
  auto factory = script.factory();
  NewConnection connection(new ConnectionOf<Scripted>(loop, std::make_shared<const ConnectionOptions>(), factory));
  const Fault fault(call, cell.error);
  {
    const InEngine engine;
    start_connecting(std::move(connection), std::vector(count, listener.address()), {});
  }
  ASSERT_TRUE(until(loop, [&] { return script.opened() || script.closed(); }));
  EXPECT_EQ(fault.hits(), 1);
  const bool failed = script.closed();
  EXPECT_EQ(loop.stats().closed[static_cast<std::size_t>(CloseReason::connect_failed)], failed ? 1U : 0U);
}

}  // namespace

void check_connect(const Cell& cell, const std::string& call, const std::string& kind) {
  Script script;
  connect_with_fault(cell, call, kind, 1, script);
  if (cell.answer == "next address") {
    EXPECT_FALSE(script.opened());
    EXPECT_EQ(script.why(), cell.code());
    Script another;
    connect_with_fault(cell, call, kind, 2, another);
    EXPECT_TRUE(another.opened()) << another.why().message();
  } else {
    EXPECT_TRUE(cell.answer == "again" || cell.answer == "waits") << cell;
    EXPECT_TRUE(script.opened()) << script.why().message();
  }
}

}  // namespace eddy::test
