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

class RefusedSend : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, RefusedSend, each_driver(), driver_of);

// To a peer that reads nothing, over small buffers. While nothing else is queued one send may have it all.
void fill_the_budget(Connection& greedy, std::size_t budget) {
  EXPECT_NE(greedy.send(std::string(budget - 8192, 'x')), SendResult::refused);
  std::size_t before = 0;
  do {  // until the system takes no more either
    before = greedy.queued();
    greedy.loop().run_once(greedy.loop().now());
  } while (greedy.queued() != before || greedy.send(std::string(100, 'x')) != SendResult::refused);
}

// An echo server that neither pauses nor has on_low.
TEST_P(RefusedSend, InputKeptForItIsOfferedAgainOnceTheOutputHasDrained) {
  const SocketOptions small{.receive_buffer = 16 * 1024, .send_buffer = 16 * 1024};
  Link link(driver(), "tcp", {.socket = small, .connection = {.low_mark = 16 * 1024, .output_cap = 1024 * 1024}});
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

TEST_P(RefusedSend, DataLargerThanTheCapIsRefusedWithoutBusyWork) {
  Link link(driver(), "tcp", {.connection = {.output_cap = 10}});
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

TEST_P(RefusedSend, ByTheLoopsBudgetIsFollowedByOnLowWhenThereIsRoom) {
  Script server;
  Script client;
  Loop loop({.driver = driver(), .memory_budget = 1024 * 1024});
  const ListenOptions options{.socket = {.send_buffer = 4096},
                              .connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
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
  fill_the_budget(*greedy, 1 << 20);
  std::vector<Id> low;
  const std::string wanted(500'000, 'y');
  server.on_low = [&](Connection& peer) {
    if (peer.id() == accepted[0]) return;
    low.push_back(peer.id());
    EXPECT_NE(peer.send(wanted), SendResult::refused);
  };
  ASSERT_EQ(loop.find(accepted[1])->send(wanted), SendResult::refused);
  const auto turns = loop.stats().turns;
  turn_for(loop, 50ms);
  EXPECT_TRUE(low.empty());
  EXPECT_LT(loop.stats().turns - turns, 10U) << "waiting for memory must not spin";

  for (const auto id : clients) loop.find(id)->resume();
  ASSERT_TRUE(turn_until(loop, [&] { return low == std::vector<Id>{accepted[1]}; }));
}

TEST_P(RefusedSend, WithLittleQueuedIsNotRepeatedBeforeThePeerTakesSome) {
  const SocketOptions small{.receive_buffer = 4096, .send_buffer = 4096};
  Link link(driver(), "tcp", {.socket = small, .connection = {.low_mark = 64 * 1024, .output_cap = 64 * 1024}});
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

TEST_P(RefusedSend, ByTheLoopsBudgetKeepsTheInputAndHoldsThePeerBack) {
  Script server;
  Script client;
  Loop loop({.driver = driver(), .memory_budget = 1024 * 1024});
  const ListenOptions options{.socket = {.send_buffer = 4096},
                              .connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
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
  fill_the_budget(*greedy, 1 << 20);
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

// Closing, it sends no more: it does not keep others waiting for as long as it lingers.
TEST_P(RefusedSend, ByTheLoopsBudgetIsForgottenWhenItsConnectionCloses) {
  Script server;
  Loop loop({.driver = driver(), .memory_budget = 1024 * 1024});
  const ListenOptions options{.connection = {.high_mark = 8 << 20, .low_mark = 1 << 20, .linger_timeout = 1h}};
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  std::vector<RawSocket> clients;
  for (std::size_t i = 0; i < 3; ++i) {
    clients.emplace_back(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == i + 1; }));
  }
  auto* greedy = loop.find(accepted[0]);
  fill_the_budget(*greedy, 1 << 20);
  ASSERT_EQ(loop.find(accepted[1])->send(std::string(1'000'000, 'y')), SendResult::refused);
  ASSERT_EQ(loop.find(accepted[2])->send(std::string(500'000, 'z')), SendResult::refused);
  loop.find(accepted[1])->close();
  std::vector<Id> low;
  server.on_low = [&](Connection& peer) { low.push_back(peer.id()); };
  loop.find(accepted[0])->abort();
  ASSERT_TRUE(turn_until(loop, [&] { return low == std::vector<Id>{accepted[2]}; }));
}

// Of what one connection is sent several receives may complete before it is held back.
TEST_P(RefusedSend, ByTheLoopsBudgetKeepsAllThatArrivedAtOnce) {
  Script server;
  Loop loop({.driver = driver(), .memory_budget = 2 << 20});
  const ListenOptions options{.connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  server.on_data = [](Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); };
  std::vector<RawSocket> clients;
  for (std::size_t i = 0; i < 2; ++i) {
    clients.emplace_back(listener.address(), i == 0 ? 4096 : 0);
    ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == i + 1; }));
  }
  turn_for(loop, 5ms);
  auto* greedy = loop.find(accepted[0]);
  fill_the_budget(*greedy, 2 << 20);
  const auto flood = pattern(1'000'000);
  const auto pushed = clients[1].send_some(flood);
  ASSERT_GT(pushed, 20'000U);  // what the system's buffers take
  ASSERT_TRUE(turn_until(loop, [&] { return server.count("data") > 0; }));
  turn_for(loop, 20ms);
  ASSERT_NE(loop.find(accepted[1]), nullptr) << server.why().message();
  clients[0].close_with_reset();
  std::string back;
  ASSERT_TRUE(turn_until(loop, [&] {
    back += clients[1].read_some();
    return back.size() == pushed;
  }));
  EXPECT_TRUE(back == flood.substr(0, pushed));
}

TEST_P(RefusedSend, ByTheLoopsBudgetIsForgottenWhenItsConnectionEnds) {
  Script server;
  Script client;
  Loop loop({.driver = driver(), .memory_budget = 1024 * 1024});
  const ListenOptions options{.socket = {.send_buffer = 4096},
                              .connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  client.on_open = [](Connection& peer) { peer.pause(); };
  for (int i = 0; i < 3; ++i) connect<Scripted>(loop, listener.address().to_string(), client.factory());
  ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == 3 && client.count("open") == 3; }));
  auto* greedy = loop.find(accepted[0]);
  fill_the_budget(*greedy, 1 << 20);
  // The first in the line wants nearly everything, and leaves.
  ASSERT_EQ(loop.find(accepted[1])->send(std::string(1'000'000, 'y')), SendResult::refused);
  ASSERT_EQ(loop.find(accepted[2])->send(std::string(400'000, 'z')), SendResult::refused);
  loop.find(accepted[1])->abort();
  std::vector<Id> low;
  server.on_low = [&](Connection& peer) {
    if (peer.id() != accepted[0]) low.push_back(peer.id());
  };
  turn_for(loop, 5ms);
  EXPECT_TRUE(low.empty());
  loop.find(accepted[0])->abort();
  ASSERT_TRUE(turn_until(loop, [&] { return low == std::vector<Id>{accepted[2]}; }));
}

// What the clients keep sending may pass the budget by itself. It used to refuse every send then, for ever.
TEST_P(RefusedSend, ClientsWhoseInputFillsTheBudgetAreAnsweredWhenTheSilentOnesHaveLeft) {
  Script server;
  Loop loop({.driver = driver(), .memory_budget = 512 * 1024});
  const ListenOptions options{.socket = {.send_buffer = 4096},
                              .connection = {.high_mark = 8 << 20, .low_mark = 1 << 20}};
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory(), options);
  std::vector<Id> accepted;
  server.on_open = [&](Connection& peer) { accepted.push_back(peer.id()); };
  server.on_data = [](Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); };
  RawSocket silent(listener.address(), 4096);
  ASSERT_TRUE(turn_until(loop, [&] { return accepted.size() == 1; }));
  auto* greedy = loop.find(accepted[0]);
  fill_the_budget(*greedy, 512 * 1024);

  constexpr std::size_t clients_count = 100;
  const auto request = pattern(20'000);
  std::vector<RawSocket> clients;
  for (std::size_t i = 0; i < clients_count; ++i) {
    clients.emplace_back(listener.address());
    clients.back().send(request);
  }
  const auto kept = [&] {
    std::size_t waiting = 0;
    for (const auto id : accepted) {
      const auto* connection = loop.find(id);
      waiting += connection != nullptr && connection->kept() > 0 ? 1 : 0;
    }
    return waiting;
  };
  ASSERT_TRUE(turn_until(loop, [&] { return kept() == clients_count; }));
  EXPECT_GT(loop.stats().memory, 3U * 512 * 1024 / 2) << "input that was kept";
  silent.close_with_reset();
  std::vector<std::string> answers(clients_count);
  ASSERT_TRUE(turn_until(loop, [&] {
    std::size_t answered = 0;
    for (std::size_t i = 0; i < clients_count; ++i) {
      if (answers[i].size() < request.size()) answers[i] += clients[i].read_some();
      answered += answers[i].size() == request.size() ? 1 : 0;
    }
    return answered == clients_count;
  }));
  for (const auto& answer : answers) EXPECT_TRUE(answer == request);
}

// No on_low comes for it, so receiving must go on. It used to stop for ever.
TEST_P(RefusedSend, DataLargerThanTheCapDoesNotStopTheInput) {
  Link link(driver(), "tcp", {.connection = {.output_cap = 1000}});
  link.server.on_data = [](Connection& peer, Bytes in) -> std::size_t {
    EXPECT_EQ(peer.send(std::string(2000, 'x')), SendResult::refused);
    return in.text().ends_with('.') ? in.size() : 0;
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("first");
  ASSERT_TRUE(link.until([&] { return link.at_server()->kept() == 5; }));
  link.at_client()->send(", second.");
  ASSERT_TRUE(link.until([&] { return link.server.received == "first, second."; }));
}

TEST_P(RefusedSend, DataLargerThanTheBudgetDoesNotStopTheInput) {
  Script server;
  Loop loop({.driver = driver(), .memory_budget = 100'000});
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  server.on_data = [](Connection& peer, Bytes in) -> std::size_t {
    EXPECT_EQ(peer.send(std::string(200'000, 'x')), SendResult::refused);
    return in.text().ends_with('.') ? in.size() : 0;
  };
  RawSocket client(listener.address());
  client.send("first");
  ASSERT_TRUE(turn_until(loop, [&] { return server.count("data") == 1; }));
  client.send(", second.");
  ASSERT_TRUE(turn_until(loop, [&] { return server.received == "first, second."; }));
}

}  // namespace
}  // namespace eddy::test
