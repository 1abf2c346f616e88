// Contract 2: a connection ends exactly once, with a reason. And contract 3: ids.
#include <gtest/gtest.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"
#include "../support/wine.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ConnectionEnd : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, ConnectionEnd, each_driver(), driver_of);

TEST_P(ConnectionEnd, OnCloseComesOnceAndLast) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  link.at_client()->send("hello");
  link.at_client()->close();
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_EQ(link.server.events, (std::vector<std::string>{"open", "data", "end", "close"}));
  EXPECT_EQ(link.client.events, (std::vector<std::string>{"open", "close"}));
  turn_for(link.loop, 10ms);
  EXPECT_EQ(link.server.count("close"), 1U);
}

TEST_P(ConnectionEnd, PeersResetIsItsReason) {
  Link link(driver());
  RawSocket raw(link.listener->address());
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  raw.close_with_reset();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), std::errc::connection_reset);
  EXPECT_EQ(link.server.count("end"), 0U);
}

TEST_P(ConnectionEnd, ResetWithUnreadDataStillEndsIt) {
  Link link(driver());
  link.server.on_open = [](Connection& peer) { peer.pause(); };
  RawSocket raw(link.listener->address());
  raw.send("unread");
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  raw.close_with_reset();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
}

TEST_P(ConnectionEnd, CloseWithAReasonTellsIt) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  link.at_server()->close(Errc::malformed_message);
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::malformed_message);
}

TEST_P(ConnectionEnd, AbortIsAReset) {
  Link link(driver());
  RawSocket raw(link.listener->address());
  ASSERT_TRUE(link.until([&] { return link.server.opened(); }));
  link.at_server()->abort();
  ASSERT_TRUE(link.until([&] {
    raw.read_some();
    // It sends a FIN first; what came behind that is found by a send.
    if (under_wine() && raw.ended()) raw.send("?");
    return raw.reset();
  }));
  EXPECT_EQ(link.server.why(), Errc::aborted);
}

TEST_P(ConnectionEnd, DestroyedLoopEndsAllConnections) {
  Script server;
  Script client;
  {
    Loop loop({.driver = driver()});
    Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
    connect<Scripted>(loop, listener.address().to_string(), client.factory());
    ASSERT_TRUE(turn_until(loop, [&] { return server.opened() && client.opened(); }));
  }
  EXPECT_EQ(server.why(), Errc::loop_gone);
  EXPECT_EQ(client.why(), Errc::loop_gone);
  EXPECT_EQ(server.count("close") + client.count("close"), 2U);
}

// A standard library may clear a unique_ptr before it deletes: the loop must still know its inside then.
TEST_P(ConnectionEnd, OnCloseOfADestroyedLoopMayCallTheLoop) {
  Script server;
  Script client;
  bool found = false;
  {
    Loop loop({.driver = driver()});
    Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
    client.on_close = [&](Connection& peer, std::error_code) {
      found = loop.find(peer.id()) == &peer;
      loop.stop();
      loop.post([] {});
      EXPECT_FALSE(loop.remote().post([] {}));
      EXPECT_GE(loop.stats().open, 1U);
      EXPECT_EQ(loop.driver().name, driver());
      EXPECT_LE(loop.now(), loop.clock());
      EXPECT_FALSE(loop.draining());
      loop.drain(Duration::zero());
      EXPECT_LE(loop.next_deadline(), loop.clock());
      peer.local_address();
    };
    server.on_close = [&](Connection& peer, std::error_code) { EXPECT_EQ(peer.loop().find(peer.id()), &peer); };
    connect<Scripted>(loop, listener.address().to_string(), client.factory());
    ASSERT_TRUE(turn_until(loop, [&] { return server.opened() && client.opened(); }));
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(server.count("close") + client.count("close"), 2U);
}

TEST_P(ConnectionEnd, CloseWhileConnectingGivesUp) {
  Link link(driver());
  auto& connection = link.connect();
  EXPECT_TRUE(connection.close());
  EXPECT_FALSE(connection.close());
  EXPECT_EQ(connection.send("x"), SendResult::refused);
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_EQ(link.client.why(), Errc::aborted);
  EXPECT_EQ(link.client.count("open"), 0U);
}

TEST_P(ConnectionEnd, ConnectDeadlineIsItsReason) {
  if (!has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  // A Unix listener whose backlog is full and that nobody accepts from.
  Link link(driver(), "unix", {.backlog = 1});
  auto stuck = link.listener->address();
  const auto waiting = fill_backlog(stuck);
  Script client;
  Script patient;
  Loop other({.driver = driver()});
  connect<Scripted>(other, stuck.to_string(), client.factory(), {.timeout = 30ms});
  ASSERT_TRUE(turn_until(other, [&] { return client.closed(); }));
  EXPECT_EQ(client.why(), Errc::connect_timeout);
  // With room in the backlog it would have got in: it tries again by itself.
  connect<Scripted>(other, stuck.to_string(), patient.factory(), {.timeout = patience});
  turn_for(other, 30ms);
  EXPECT_FALSE(patient.opened());
  ASSERT_TRUE(turn_until(other, [&] {
    link.loop.run_once(link.loop.now());
    return patient.opened();
  }));
}

TEST_P(ConnectionEnd, SentWhileConnectingLeavesOnceConnected) {
  Link link(driver());
  auto& connection = link.connect();
  EXPECT_EQ(connection.send("early"), SendResult::accepted);
  EXPECT_EQ(connection.send(std::string(100'000, 'x')), SendResult::accepted);
  ASSERT_TRUE(link.until([&] { return link.server.received.size() == 100'005; }));
  EXPECT_EQ(link.server.received.substr(0, 6), "earlyx");
}

TEST_P(ConnectionEnd, AddressesOfANameAreTriedInTurn) {
  // "localhost" is ::1 and 127.0.0.1 on most systems; only one of them is listened on here.
  Script server;
  Script client;
  Loop loop({.driver = driver()});
  Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
  const auto url = "tcp://localhost:" + std::to_string(listener.address().port());
  connect<Scripted>(loop, url, client.factory());
  ASSERT_TRUE(turn_until(loop, [&] { return client.opened() || client.closed(); }));
  EXPECT_TRUE(client.opened()) << client.why().message();
}

TEST_P(ConnectionEnd, ConnectsFromTheSourceAddressAskedFor) {
  if (!has_address("127.0.0.2")) GTEST_SKIP() << "this system has no second address";
  Link link(driver());
  ASSERT_TRUE(link.open({.source = "tcp://127.0.0.2:0"}));
  EXPECT_EQ(link.at_server()->peer_address().host(), "127.0.0.2");
  EXPECT_EQ(link.at_client()->local_address().host(), "127.0.0.2");
}

TEST_P(ConnectionEnd, IdIsFoundUntilOnCloseHasReturned) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  const auto id = link.client_id;
  bool found_in_on_close = false;
  link.client.on_close = [&](Connection& connection, std::error_code) {
    found_in_on_close = link.loop.find(id) == &connection;
  };
  link.at_client()->abort();
  ASSERT_TRUE(link.until([&] { return link.client.closed(); }));
  EXPECT_TRUE(found_in_on_close);
  EXPECT_EQ(link.loop.find(id), nullptr);
}

TEST_P(ConnectionEnd, OldIdIsNotFoundWhenItsSlotIsUsedAgain) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  const auto old = link.client_id;
  link.at_client()->abort();
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  bool reused = false;
  for (int i = 0; i < 10 && !reused; ++i) {
    const auto next = link.connect().id();
    reused = next.slot == old.slot;
    EXPECT_NE(next, old);
    EXPECT_EQ(link.loop.find(old), nullptr);
    ASSERT_TRUE(link.until([&] { return link.at_client() == nullptr || link.client.count("open") > 0; }));
  }
  EXPECT_TRUE(reused) << "slots are used again";
}

TEST(Id, DefaultAndForeignIdsAreNotFound) {
  Loop loop;
  EXPECT_EQ(loop.find(Id{}), nullptr);
  EXPECT_EQ(loop.find(Id{.slot = 5, .generation = 3}), nullptr);
  Script script;
  const Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", script.factory());
  EXPECT_EQ(loop.find(Id{.slot = 0, .generation = 1}), nullptr) << "a listener is no connection";
  EXPECT_EQ(Id::from_token(Id{.slot = 7, .generation = 9}.token()), (Id{.slot = 7, .generation = 9}));
}

TEST_P(ConnectionEnd, DestroyedLoopDoesNotLetSessionsConnectAnew) {
  Script server;
  Script client;
  int thrown = 0;
  {
    Loop loop({.driver = driver()});
    Listener<Scripted> listener(loop, "tcp://127.0.0.1:0", server.factory());
    client.on_close = [&](Connection& peer, std::error_code) {
      try {
        connect<Scripted>(peer.loop(), "tcp://127.0.0.1:1", client.factory());
      } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), Errc::loop_gone);
        ++thrown;
      }
    };
    connect<Scripted>(loop, listener.address().to_string(), client.factory());
    ASSERT_TRUE(turn_until(loop, [&] { return server.opened() && client.opened(); }));
  }
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(client.count("close"), 1U);
}

TEST_P(ConnectionEnd, ConnectTakesOnlyStreamAddresses) {
  Script client;
  Loop loop({.driver = driver()});
  for (const auto* address : {"udp://127.0.0.1:7", "unixgram:/nowhere"}) {
    EXPECT_THROW(connect<Scripted>(loop, address, client.factory()), std::system_error) << address;
  }
}

// ---- a peer that says its last words and resets, while the connection sends to it

class LastWords : public OnDriver {
 protected:
  void SetUp() override {
    script.on_open = [&](Connection& peer) { ids.push_back(peer.id()); };
    for (std::size_t i = 0; i < count; ++i) {
      peers.emplace_back(listener.address());
      ASSERT_TRUE(turn_until(loop, [&] { return ids.size() == i + 1; }));
    }
    turn_for(loop, 5ms);
    script.on_data = [&](Connection&, Bytes in) {
      heard += in.size();
      return in.size();
    };
  }
  void reset_all() {
    for (auto& peer : peers) {
      peer.send("last words");
      peer.close_with_reset();
    }
  }
  void expect_all_heard() {
    ASSERT_TRUE(turn_until(loop, [&] { return script.count("close") == count; }));
    EXPECT_EQ(heard, count * 10);
    for (const auto why : script.reasons) EXPECT_EQ(close_reason(why), CloseReason::reset) << why.message();
  }

  static constexpr std::size_t count = 20;
  Script script;
  Loop loop{{.driver = driver()}};
  Listener<Scripted> listener{loop, "tcp://127.0.0.1:0", script.factory()};
  std::vector<RawSocket> peers;
  std::vector<Id> ids;
  std::size_t heard = 0;
};
INSTANTIATE_TEST_SUITE_P(Drivers, LastWords, each_driver(), driver_of);

// Of a send of several pieces the first is queued when the second runs into the reset.
TEST_P(LastWords, BytesOutAreWhatTheSystemHasTaken) {
  for (auto& peer : peers) peer.close_with_reset();
  std::uint64_t most = 0;
  script.on_close = [&](Connection& peer, std::error_code) { most = std::max(most, peer.bytes_out()); };
  for (const auto id : ids) {
    if (auto* connection = loop.find(id)) connection->send({std::string("header"), std::string(100'000, 'x')});
  }
  ASSERT_TRUE(turn_until(loop, [&] { return script.count("close") == count; }));
  EXPECT_LE(most, 100'006U);
}

// A large payload is offered to the system by the call that sends it.
TEST_P(LastWords, AreHeardThoughASendRanIntoTheReset) {
  reset_all();
  for (const auto id : ids) {
    if (auto* connection = loop.find(id)) connection->send(std::string(100'000, 'x'));
  }
  expect_all_heard();
}

TEST_P(LastWords, AreHeardThoughSendsOfEarlierTurnsRanIntoTheReset) {
  for (const auto id : ids) {
    while (loop.find(id)->queued() == 0) {
      loop.find(id)->send(std::string(100'000, 'x'));
      loop.run_once(loop.now());
    }
  }
  reset_all();
  expect_all_heard();
}

}  // namespace
}  // namespace eddy::test
