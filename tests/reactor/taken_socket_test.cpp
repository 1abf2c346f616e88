// Sockets that were made elsewhere come into a loop, and a loop's are given away.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/driver/socket.h>

#include <optional>
#include <string>

#include "../support/fixture.h"
#include "../support/kernel.h"
#include "../support/raw_socket.h"
#include "../support/wine.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

struct Hearer {
  std::vector<std::string>* received;
  void on_datagram(DatagramSocket& socket, Bytes in, const Address& from) const {
    received->emplace_back(in.text());
    if (!from.is_unnamed()) socket.send_to(from, in);
  }
};

std::size_t send_back(Connection& peer, Bytes in) { return peer.send(in) == SendResult::refused ? 0 : in.size(); }

class TakenSocket : public OnDriver {
 protected:
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }
  // Blocking as others make them.
  static OwnedSocket listening(Address& local) {
    std::error_code error;
    auto socket = driver::open_listening(local, {}, error);
    EXPECT_FALSE(error) << error.message();
    return OwnedSocket(socket.release());
  }
  std::string heard(RawSocket& peer, std::size_t size) {
    std::string all;
    EXPECT_TRUE(until([&] { return (all += peer.read_some()).size() >= size; }));
    return all;
  }

  Script script;
  Script other;
  std::vector<std::string> datagrams;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, TakenSocket, each_driver(), driver_of);

// ---- taken

// Who waited for something else by a Watch first, such as a handshake.
TEST_P(TakenSocket, WatchOfItEndsWhenItIsTaken) {
  auto [ours, theirs] = socket_pair();
  int ready = 0;
  script.on_data = send_back;
  const auto watch = loop.watch(ours.descriptor(), Interest::read, [&, &mine = ours](Ready) {
    ++ready;
    adopt<Scripted>(loop, mine.release(), script.factory());
  });
  theirs.send("hello");
  EXPECT_EQ(heard(theirs, 5), "hello");
  theirs.send("and more");
  EXPECT_EQ(heard(theirs, 8), "and more");
  EXPECT_EQ(ready, 1);
}

TEST_P(TakenSocket, LastWordsBeforeAResetAreHeard) {
  auto [ours, theirs] = socket_pair();
  theirs.send("last words");
  ours.send("unread");  // so that closing the other end is a reset
  ASSERT_TRUE(theirs.wait_readable(patience));
  adopt<Scripted>(loop, ours.release(), script.factory());
  theirs.close();
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.received, "last words");
  EXPECT_EQ(script.events, (std::vector<std::string>{"open", "data", "close"}));
  EXPECT_EQ(script.why(), std::errc::connection_reset);
}

TEST_P(TakenSocket, PausedBeforeItBeginsKeepsWhatComes) {
  auto [ours, theirs] = socket_pair();
  theirs.send("hello");
  auto& connection = adopt<Scripted>(loop, ours.release(), script.factory());
  const auto id = connection.id();
  EXPECT_TRUE(connection.pause());
  ASSERT_TRUE(until([&] { return script.opened(); }));
  turn_for(loop, 20ms);
  EXPECT_EQ(script.received, "");
  EXPECT_TRUE(loop.find(id)->resume());
  ASSERT_TRUE(until([&] { return script.received == "hello"; }));
}

TEST_P(TakenSocket, OptionsThatCannotBeAreRefused) {
  auto [ours, theirs] = socket_pair();
  EXPECT_THROW(adopt<Scripted>(loop, ours.release(), script.factory(), {.idle_timeout = 0s}), std::system_error);
  EXPECT_TRUE(theirs.wait_readable(patience));
  EXPECT_EQ(theirs.read_some(), "");
  EXPECT_TRUE(theirs.ended());
}

TEST_P(TakenSocket, ListeningOneIsListenedOn) {
  auto address = Address::parse("tcp://127.0.0.1:0");
  script.on_data = send_back;
  const Listener<Scripted> listener(loop, listening(address), script.factory());
  EXPECT_EQ(listener.address(), address);
  RawSocket client(address);
  client.send("hello");
  EXPECT_EQ(heard(client, 5), "hello");
}

TEST_P(TakenSocket, ConnectedOneIsAConnection) {
  auto [ours, theirs] = socket_pair();
  script.on_data = send_back;
  bool in_call = true;
  script.on_open = [&](Connection& peer) {
    EXPECT_FALSE(in_call) << "no callback inside of adopt";
    peer.send(" open");
  };
  auto& connection = adopt<Scripted>(loop, ours.release(), script.factory());
  EXPECT_EQ(connection.send("before"), SendResult::accepted);
  in_call = false;
  EXPECT_EQ(heard(theirs, 11), "before open");
  theirs.send("hello");
  EXPECT_EQ(heard(theirs, 5), "hello");
  theirs.finish();
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_FALSE(script.why());
  EXPECT_EQ(loop.stats().open, 0U);
}

TEST_P(TakenSocket, ConnectionThatIsClosedAtOnceLosesNothing) {
  auto [ours, theirs] = socket_pair();
  auto& connection = adopt<Scripted>(loop, ours.release(), script.factory());
  connection.send("all of it");
  EXPECT_TRUE(connection.close());
  EXPECT_EQ(heard(theirs, 9), "all of it");
  theirs.close();
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_FALSE(script.why());
  EXPECT_EQ(script.events, std::vector<std::string>{"close"});
}

TEST_P(TakenSocket, ConnectionEndsWithItsLoop) {
  auto [ours, theirs] = socket_pair();
  {
    Loop brief({.driver = driver()});
    adopt<Scripted>(brief, ours.release(), script.factory());
  }
  EXPECT_EQ(script.events, std::vector<std::string>{"close"});
  EXPECT_EQ(script.why(), Errc::loop_gone);
}

TEST_P(TakenSocket, ConnectionThatWasResetBeforeIsToldSo) {
  if (under_wine()) GTEST_SKIP() << "Wine does not know any more that such a socket was connected";
  if (const auto wrong = wrong_peer_name(); !wrong.empty()) GTEST_SKIP() << wrong;
  auto address = Address::parse("tcp://127.0.0.1:0");
  auto server = listening(address);
  RawSocket client(address);
  std::error_code error;
  OwnedSocket accepted;
  ASSERT_TRUE(until([&] { return bool(accepted = OwnedSocket(driver::accept(server.get(), error))); }));
  client.close_with_reset();
  adopt<Scripted>(loop, std::move(accepted), script.factory());
  ASSERT_TRUE(until([&] { return script.closed(); }));
  EXPECT_EQ(script.why(), std::errc::connection_reset);
}

TEST_P(TakenSocket, DatagramOneIsADatagramSocket) {
  std::error_code error;
  auto address = Address::parse("udp://127.0.0.1:0");
  auto made = driver::open_datagram(address, {}, error);
  const Datagram<Hearer> socket(loop, OwnedSocket(made.release()), [&] { return Hearer{&datagrams}; });
  EXPECT_EQ(socket.address(), address);
  RawSocket client(address);
  client.send("hello");
  EXPECT_EQ(heard(client, 5), "hello");
}

TEST_P(TakenSocket, OfAnotherKindIsRefusedAndClosed) {
  const auto expect_refusal = [](std::string_view expected, auto take) {
    try {
      take();
      ADD_FAILURE() << "expected an error: " << expected;
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
    }
  };
  const auto listener = [&](OwnedSocket socket) { Listener<Scripted>(loop, std::move(socket), script.factory()); };
  const auto connection = [&](OwnedSocket socket) { adopt<Scripted>(loop, std::move(socket), script.factory()); };
  const auto datagram = [&](OwnedSocket socket) {
    Datagram<Hearer>(loop, std::move(socket), [&] { return Hearer{&datagrams}; });
  };
  auto tcp = Address::parse("tcp://127.0.0.1:0");
  expect_refusal("expected a listening one", [&] { listener(socket_pair().first.release()); });
  expect_refusal("expected a connected stream", [&] { connection(listening(tcp)); });
  expect_refusal("expected a datagram socket", [&] { datagram(socket_pair().first.release()); });
  expect_refusal("expected a listening one", [&] { listener(OwnedSocket()); });
  std::error_code error;
  expect_refusal("expected a connected stream", [&] { connection(driver::open_socket(tcp, error)); });
  EXPECT_EQ(loop.stats().open, 0U);
}

// ---- given away

TEST_P(TakenSocket, ReleasedConnectionLivesOnElsewhere) {
  Link link(driver());
  link.server.on_data = [](Connection&, Bytes) -> std::size_t { return 0; };
  ASSERT_TRUE(link.open());
  link.at_client()->send("kept");
  ASSERT_TRUE(link.until([&] { return link.at_server()->kept() == 4; }));
  auto released = link.at_server()->release();
  ASSERT_TRUE(released);
  EXPECT_EQ(Bytes(released->unread).text(), "kept");
  EXPECT_FALSE(link.server.closed()) << "on_close comes from the loop";
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), Errc::released);
  // It is served by another loop, and the peer notices nothing.
  other.on_data = send_back;
  adopt<Scripted>(loop, std::move(released->socket), other.factory()).send(released->unread);
  link.at_client()->send(" and more");
  ASSERT_TRUE(link.until([&] {
    loop.run_once(loop.now());
    return link.client.received == "kept and more";
  }));
  EXPECT_FALSE(link.client.closed());
}

TEST_P(TakenSocket, ReleaseInsideOnDataLosesNothingOfWhatComesBehind) {
  Link link(driver());
  std::optional<ReleasedConnection> released;
  std::string first;
  link.server.on_data = [&](Connection& peer, Bytes in) {
    first = in.text();
    released = peer.release();
    return in.size();
  };
  ASSERT_TRUE(link.open());
  std::string all;
  for (int i = 0; i < 100'000; ++i) all += static_cast<char>('a' + i % 26);
  link.at_client()->send(all);
  ASSERT_TRUE(link.until([&] { return link.server.closed() && link.at_client()->queued() == 0; }));
  ASSERT_TRUE(released);
  EXPECT_EQ(link.server.count("data"), 1U);
  auto received = first + std::string(Bytes(released->unread).text());
  RawSocket rest(released->socket.release());
  ASSERT_TRUE(link.until([&] { return (received += rest.read_some()).size() >= all.size(); }));
  EXPECT_TRUE(received == all);
}

TEST_P(TakenSocket, ConnectionWithOutputIsNotReleased) {
  Link link(driver());
  EXPECT_FALSE(link.connect().release()) << "while connecting";
  ASSERT_TRUE(link.until([&] { return link.server.opened() && link.client.opened(); }));
  link.at_server()->send("on its way");
  EXPECT_FALSE(link.at_server()->release());
  ASSERT_TRUE(link.until([&] { return link.client.received == "on its way" && link.at_server()->queued() == 0; }));
  EXPECT_TRUE(link.at_server()->release());
  EXPECT_FALSE(link.at_server()->release()) << "twice";
}

TEST_P(TakenSocket, ReleasedListenerKeepsWhoWaits) {
  script.on_data = other.on_data = send_back;
  auto listener = std::make_unique<Listener<Scripted>>(loop, free_address("tcp"), script.factory());
  const auto address = listener->address();
  RawSocket early(address);
  turn_for(loop, 5ms);
  std::vector<RawSocket> waiting;
  for (int i = 0; i < 5; ++i) waiting.emplace_back(address);
  auto released = listener->release();
  ASSERT_TRUE(released.socket);
  EXPECT_TRUE(listener->closed());
  EXPECT_FALSE(listener->release().socket);
  listener.reset();
  const Listener<Scripted> next(loop, std::move(released.socket), other.factory());
  for (auto& accepted : released.accepted) adopt<Scripted>(loop, std::move(accepted), other.factory());
  waiting.emplace_back(address);
  for (auto& peer : waiting) {
    peer.send("hello");
    EXPECT_EQ(heard(peer, 5), "hello");
  }
  EXPECT_EQ(other.count("open"), 6U);
  early.send("still there?");
  EXPECT_EQ(heard(early, 12), "still there?");
}

TEST_P(TakenSocket, ReleasedDatagramSocketSendsWhatWasQueuedAndHearsOn) {
  if (const auto wrong = wrong_segments(); !wrong.empty()) GTEST_SKIP() << wrong;
  std::vector<std::string> at_receiver;
  Datagram<Hearer> receiver(loop, "udp://127.0.0.1:0", [&] { return Hearer{&at_receiver}; });
  std::optional<Datagram<Hearer>> socket;
  socket.emplace(loop, "udp://127.0.0.1:0", [&] { return Hearer{&datagrams}; });
  const auto address = socket->address();
  loop.run_once(loop.now());
  socket->send_to(receiver.address(), "farewell");
  auto released = socket->release();
  ASSERT_TRUE(released);
  EXPECT_TRUE(socket->closed());
  socket.reset();
  ASSERT_TRUE(until([&] { return !at_receiver.empty(); }));
  RawSocket raw(released.release());
  EXPECT_EQ(raw.local(), address);
  // One by one: nothing combines them for who does not know of it.
  for (const auto* text : {"one", "two", "six"}) receiver.send_to(address, text);
  std::vector<std::string> received;
  ASSERT_TRUE(until([&] {
    if (auto text = raw.read_some(); !text.empty()) received.push_back(text);
    return received.size() == 4;
  }));
  EXPECT_EQ(received, (std::vector<std::string>{"farewell", "one", "two", "six"}));
}

TEST_P(TakenSocket, HandlesOfListenersAndDatagramSocketsAreTheSystems) {
  const Listener<Scripted> listener(loop, free_address("tcp"), script.factory());
  EXPECT_EQ(driver::local_address_of(listener.native_handle(), true), listener.address());
  const Datagram<Hearer> socket(loop, "udp://127.0.0.1:0", [&] { return Hearer{&datagrams}; });
  EXPECT_EQ(driver::local_address_of(socket.native_handle(), false), socket.address());
}

TEST_P(TakenSocket, DrainOfItsLoopFindsItOpen) {
  auto pair = socket_pair();
  ReleasedConnection given{pair.first.release(), {}};
  given.unread.resize(5);
  script.on_drain = [&](Connection& peer) {
    peer.close();
    pair.second.close();
  };
  adopt<Scripted>(loop, std::move(given), script.factory());
  loop.drain(patience);
  loop.run();
  ASSERT_GE(script.events.size(), 2U);
  EXPECT_EQ(script.events.front(), "open");
  EXPECT_EQ(script.count("drain"), 1U);
  EXPECT_EQ(script.events.back(), "close");
}

}  // namespace
}  // namespace eddy::test
