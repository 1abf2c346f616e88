// Contract 4: what a refused send leads to. It is never the end of a conversation, and never busy work.
#include <gtest/gtest.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  return text;
}

// The README's echo server: it neither pauses nor has on_low.
TEST(RefusedSend, InputKeptForItIsOfferedAgainOnceTheOutputHasDrained) {
  const SocketOptions small{.receive_buffer = 16 * 1024, .send_buffer = 16 * 1024};
  Link link("", "tcp", {.socket = small, .connection = {.low_mark = 16 * 1024, .output_cap = 1024 * 1024}});
  link.server.on_data = [](Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); };
  link.client.on_open = [&](Connection& peer) { peer.pause(); };
  ASSERT_TRUE(link.open({.socket = small}));
  // The client reads nothing until the server has input that it could not send on.
  const auto piece = pattern(10'007);
  std::string sent;
  ASSERT_TRUE(link.until([&] {
    if (link.at_server()->kept() > 0) return true;
    if (link.at_client()->queued() == 0) {
      link.at_client()->send(piece);
      sent += piece;
    }
    return false;
  }));
  // And its FIN is in before the server can go on.
  link.at_client()->finish();
  turn_for(link.loop, 20ms);
  link.at_client()->resume();
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_TRUE(link.client.received == sent);
  EXPECT_EQ(link.client.why(), std::error_code());
}

TEST(RefusedSend, DataLargerThanTheCapIsRefusedWithoutBusyWork) {
  Link link("", "tcp", {.connection = {.output_cap = 10}});
  link.server.on_data = [](Connection& peer, Bytes in) {
    const auto result = peer.send(in);
    if (result != SendResult::accepted) peer.pause();
    return result == SendResult::refused ? 0 : in.size();
  };
  link.server.on_low = [](Connection& peer) { peer.resume(); };
  link.client.on_open = [](Connection& peer) { peer.send("more than ten bytes"); };
  ASSERT_TRUE(link.open());
  ASSERT_TRUE(link.until([&] { return link.server.count("data") == 1; }));
  const auto turns = link.loop.stats().turns;
  turn_for(link.loop, 50ms);
  EXPECT_LT(link.loop.stats().turns - turns, 10U);
  EXPECT_EQ(link.server.count("low"), 0U);
}

TEST(RefusedSend, ByTheLoopsBudgetIsFollowedByOnLowWhenThereIsRoom) {
  Script server;
  Script client;
  Loop loop({.memory_budget = 1024 * 1024});
  const ListenOptions options{.connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  client.on_open = [](Connection& peer) { peer.pause(); };
  std::vector<Id> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(connect<Scripted>(loop, listener.address().to_string(), client.factory()).id());
  }
  ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == 2 && client.count("open") == 2; }));

  // One takes the whole budget, by data that its peer does not read.
  auto* greedy = loop.find(accepted[0]);
  while (greedy->send(std::string(10'000, 'x')) != SendResult::refused) loop.run_once(loop.now());
  std::vector<Id> low;
  server.on_low = [&](Connection& peer) { low.push_back(peer.id()); };
  const std::string wanted(500'000, 'y');
  ASSERT_EQ(loop.find(accepted[1])->send(wanted), SendResult::refused);
  const auto turns = loop.stats().turns;
  turn_for(loop, 50ms);
  EXPECT_TRUE(low.empty());
  EXPECT_LT(loop.stats().turns - turns, 10U) << "waiting for memory must not spin";

  for (const auto id : clients) loop.find(id)->resume();
  ASSERT_TRUE(turn_until(loop, [&] { return std::find(low.begin(), low.end(), accepted[1]) != low.end(); }));
  EXPECT_NE(loop.find(accepted[1])->send(wanted), SendResult::refused);
}

TEST(RefusedSend, WithLittleQueuedIsNotRepeatedBeforeThePeerTakesSome) {
  const SocketOptions small{.receive_buffer = 4096, .send_buffer = 4096};
  Link link("", "tcp", {.socket = small, .connection = {.low_mark = 64 * 1024, .output_cap = 64 * 1024}});
  link.server.on_data = [](Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); };
  link.client.on_open = [&](Connection& peer) { peer.pause(); };
  ASSERT_TRUE(link.open({.socket = small}));
  const auto piece = pattern(20'000);
  std::string sent;
  ASSERT_TRUE(link.until([&] {
    if (link.at_server()->kept() > 0) return true;
    if (link.at_client()->queued() == 0) {
      link.at_client()->send(piece);
      sent += piece;
    }
    return false;
  }));
  turn_for(link.loop, 20ms);
  const auto turns = link.loop.stats().turns;
  turn_for(link.loop, 50ms);
  EXPECT_LT(link.loop.stats().turns - turns, 10U);
  link.at_client()->resume();
  link.at_client()->finish();
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_TRUE(link.client.received == sent);
}

TEST(RefusedSend, ByTheLoopsBudgetKeepsTheInputAndHoldsThePeerBack) {
  Script server;
  Script client;
  Loop loop({.memory_budget = 1024 * 1024});
  const ListenOptions options{.connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  server.on_data = [](Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); };
  std::vector<Id> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(connect<Scripted>(loop, listener.address().to_string(), client.factory()).id());
  }
  ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == 2 && client.count("open") == 2; }));
  loop.find(clients[0])->pause();
  auto* greedy = loop.find(accepted[0]);
  while (greedy->send(std::string(10'000, 'x')) != SendResult::refused) loop.run_once(loop.now());
  while (greedy->send("x") != SendResult::refused) loop.run_once(loop.now());

  // The other client sends much more than the budget, to an echo that can answer nothing.
  RawSocket pusher(listener.address());
  ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == 3; }));
  const std::string flood(64 * 1024, 'y');
  std::size_t pushed = 0;
  for (int i = 0; i < 200; ++i) {
    pushed += pusher.send_some(flood);
    loop.run_once(loop.now());
  }
  ASSERT_NE(loop.find(accepted[2]), nullptr) << "it is not its fault";
  EXPECT_GT(loop.find(accepted[2])->kept(), 0U);
  EXPECT_LE(loop.find(accepted[2])->kept(), 128U * 1024);
  EXPECT_GT(pushed, 0U);
  // With room again it all comes back.
  loop.find(clients[0])->resume();
  std::size_t back = 0;
  ASSERT_TRUE(turn_until(loop, [&] {
    back += pusher.read_some().size();
    return back == pushed;
  }));
}

TEST(RefusedSend, ByTheLoopsBudgetIsForgottenWhenItsConnectionEnds) {
  Script server;
  Script client;
  Loop loop({.memory_budget = 1024 * 1024});
  const ListenOptions options{.connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  client.on_open = [](Connection& peer) { peer.pause(); };
  for (int i = 0; i < 3; ++i) connect<Scripted>(loop, listener.address().to_string(), client.factory());
  ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == 3 && client.count("open") == 3; }));
  auto* greedy = loop.find(accepted[0]);
  while (greedy->send(std::string(10'000, 'x')) != SendResult::refused) loop.run_once(loop.now());
  // The first in the line wants nearly everything, and leaves.
  ASSERT_EQ(loop.find(accepted[1])->send(std::string(1'000'000, 'y')), SendResult::refused);
  ASSERT_EQ(loop.find(accepted[2])->send(std::string(20'000, 'z')), SendResult::refused);
  loop.find(accepted[1])->abort();
  std::vector<Id> low;
  server.on_low = [&](Connection& peer) { low.push_back(peer.id()); };
  turn_for(loop, 5ms);
  EXPECT_TRUE(low.empty());
  loop.find(accepted[0])->abort();
  ASSERT_TRUE(turn_until(loop, [&] { return low == std::vector<Id>{accepted[2]}; }));
}

}  // namespace
}  // namespace eddy::test
