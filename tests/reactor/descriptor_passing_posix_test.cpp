// Descriptors that are passed over Unix sockets: sent with bytes, and received before these.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/driver/descriptor_passing.h>
#include <reactor/driver/socket.h>
#include <reactor/listener.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

// A pipe of which one end is passed, and the other tells whether that one arrived, and when it is closed.
struct Pipe {
  Pipe() {
    const auto ends = open_pipe();
    read_end = OwnedDescriptor(ends[0]);
    write_end = OwnedDescriptor(ends[1]);
  }
  ino_t file() const {
    struct stat found {};
    EXPECT_EQ(::fstat(read_end.get(), &found), 0);
    return found.st_ino;
  }
  bool nobody_writes() const {
    char byte = 0;
    return ::read(read_end.get(), &byte, 1) == 0;
  }

  OwnedDescriptor read_end;
  OwnedDescriptor write_end;
};

struct Arrival {
  std::size_t before = 0;  // bytes that on_data had consumed by then
  std::vector<OwnedDescriptor> descriptors;
};

struct Received {
  std::string bytes;
  std::vector<Arrival> arrivals;
  std::optional<std::error_code> ended;
  std::function<void(Connection&)> on_descriptors;
  Id id{};
};

// Takes descriptors.
struct Taker {
  Received* received;
  void on_open(Connection& peer) const { received->id = peer.id(); }
  void on_descriptors(Connection& peer, std::vector<OwnedDescriptor> attached) const {
    received->arrivals.push_back({received->bytes.size(), std::move(attached)});
    if (received->on_descriptors) received->on_descriptors(peer);
  }
  void on_data(Connection& /*peer*/, Bytes in) const { received->bytes += in.text(); }
  void on_close(Connection& /*peer*/, std::error_code why) const { received->ended = why; }
};

class PassedDescriptors : public OnDriver {
 protected:
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }
  // `taker` is at the one end; the answer is at the other.
  Connection& open_pair() {
    auto [ours, theirs] = socket_pair();
    adopt<Taker>(loop, theirs.release(), [this] { return Taker{&taker}; });
    return adopt<Scripted>(loop, ours.release(), sender.factory());
  }
  Connection* at_taker() { return loop.find(taker.id); }
  std::size_t arrived() const { return taker.arrivals.size(); }

  Received taker;
  Script sender;
  Script deaf;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, PassedDescriptors, each_driver(), driver_of);

TEST_P(PassedDescriptors, ArriveOpenAndBeforeTheirBytes) {
  const Listener<Taker> listener(loop, free_address("unix"), [this] { return Taker{&taker}; });
  auto& connection = connect<Scripted>(loop, listener.address().to_string(), sender.factory());
  Pipe pipe;
  EXPECT_EQ(connection.send("file\n", std::move(pipe.write_end)), SendResult::accepted) << "while connecting, too";
  EXPECT_FALSE(pipe.write_end) << "it is the connection's now";
  ASSERT_TRUE(until([&] { return taker.bytes == "file\n"; }));
  ASSERT_EQ(arrived(), 1U);
  ASSERT_EQ(taker.arrivals[0].descriptors.size(), 1U);
  EXPECT_EQ(taker.arrivals[0].before, 0U);
  const int passed = taker.arrivals[0].descriptors[0].get();
  EXPECT_EQ(::write(passed, "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(pipe.read_end.get(), &byte, 1), 1);
  EXPECT_TRUE((::fcntl(passed, F_GETFD) & FD_CLOEXEC) != 0);
  taker.arrivals.clear();
  EXPECT_TRUE(pipe.nobody_writes()) << "the sender has closed its own";
}

// The receiver is held back meanwhile, so that all of it waits in the queue, and leaves in many pieces.
TEST_P(PassedDescriptors, KeepTheirOrderAmongAllOutput) {
  auto& connection = open_pair();
  ASSERT_TRUE(until([&] { return at_taker() != nullptr; }));
  at_taker()->pause();
  std::string all;
  std::vector<ino_t> files;
  std::vector<std::size_t> places;
  std::vector<Pipe> pipes(40);
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    const std::string text(1 + i * i * 70, static_cast<char>('a' + i % 26));
    all += text;
    EXPECT_NE(connection.send(text), SendResult::refused);
    if (i % 3 == 0) {
      all += text;
      EXPECT_NE(connection.send(SharedBytes(text)), SendResult::refused);
    }
    std::vector<OwnedDescriptor> attached;
    for (std::size_t n = 0; n <= i % 2; ++n) {
      attached.emplace_back(::fcntl(pipes[i].read_end.get(), F_DUPFD_CLOEXEC, 0));
      files.push_back(pipes[i].file());
      places.push_back(all.size());
    }
    EXPECT_NE(connection.send(text, std::move(attached)), SendResult::refused);
    EXPECT_TRUE(attached.empty());  // NOLINT(bugprone-use-after-move): cleared, as promised
    all += text;
    if (i == 10) turn_for(loop, std::chrono::milliseconds(5));
  }
  EXPECT_GT(connection.queued(), 0U);
  EXPECT_EQ(arrived(), 0U) << "a paused session gets nothing";
  at_taker()->resume();
  ASSERT_TRUE(until([&] { return taker.bytes.size() >= all.size(); }));
  EXPECT_TRUE(taker.bytes == all);
  std::size_t next = 0;
  for (const auto& arrival : taker.arrivals) {
    for (const auto& each : arrival.descriptors) {
      ASSERT_LT(next, files.size());
      struct stat found {};
      ASSERT_EQ(::fstat(each.get(), &found), 0);
      EXPECT_EQ(found.st_ino, files[next]) << next;
      EXPECT_LE(arrival.before, places[next]) << "descriptor " << next << " came behind its byte";
      ++next;
    }
  }
  EXPECT_EQ(next, files.size());
  EXPECT_EQ(connection.queued(), 0U);
}

TEST_P(PassedDescriptors, AreAsManyAsTheSystemPassesAtOnce) {
  auto& connection = open_pair();
  std::vector<OwnedDescriptor> attached;
  for (int i = 0; i < 253; ++i) attached.emplace_back(::dup(0));
  EXPECT_EQ(connection.send("x", std::move(attached)), SendResult::accepted);
  ASSERT_TRUE(until([&] { return taker.bytes == "x"; }));
  ASSERT_EQ(arrived(), 1U);
  EXPECT_EQ(taker.arrivals[0].descriptors.size(), 253U);
}

TEST_P(PassedDescriptors, OfAnotherProgramAreReadToTheEnd) {
  auto [ours, theirs] = socket_pair();
  adopt<Taker>(loop, ours.release(), [this] { return Taker{&taker}; });
  theirs.send("before ");
  send_with_descriptors(theirs.descriptor(), "GET ", {theirs.descriptor(), theirs.descriptor()});
  theirs.send("x\n");
  ASSERT_TRUE(until([&] { return taker.bytes == "before GET x\n"; })) << taker.bytes;
  ASSERT_EQ(arrived(), 1U);
  EXPECT_EQ(taker.arrivals[0].descriptors.size(), 2U);
  taker.arrivals.clear();
  theirs.close();
  ASSERT_TRUE(until([&] { return taker.ended.has_value(); }));
  EXPECT_FALSE(*taker.ended);
}

TEST_P(PassedDescriptors, ThatAreRefusedStayTheCallers) {
  auto& connection = open_pair();
  auto options = connection.options();
  options.output_cap = 1000;
  connection.set_options(options);
  ASSERT_TRUE(until([&] { return at_taker() != nullptr && sender.opened(); }));
  Pipe pipe;
  const int one = pipe.write_end.get();
  EXPECT_EQ(connection.send(std::string(1001, 'x'), std::move(pipe.write_end)), SendResult::refused);
  EXPECT_EQ(pipe.write_end.get(), one);  // NOLINT: untouched, as promised
  std::vector<OwnedDescriptor> both;
  both.push_back(std::move(pipe.write_end));
  both.push_back(std::move(pipe.read_end));
  EXPECT_EQ(connection.send(std::string(1001, 'x'), std::move(both)), SendResult::refused);
  connection.close();
  // NOLINTNEXTLINE(bugprone-use-after-move): untouched, as promised
  EXPECT_EQ(connection.send("x", std::move(both)), SendResult::refused) << "closing";
  ASSERT_EQ(both.size(), 2U);  // NOLINT
  EXPECT_EQ(both[0].get(), one);
  EXPECT_TRUE(both[1]);
}

TEST_P(PassedDescriptors, AreClosedWhenTheConnectionEndsFirst) {
  auto [ours, theirs] = socket_pair();
  Pipe pipe;
  auto& connection = adopt<Scripted>(loop, ours.release(), sender.factory());
  ASSERT_TRUE(until([&] { return sender.opened(); }));
  EXPECT_NE(connection.send(std::string(8'000'000, 'x')), SendResult::refused);
  EXPECT_NE(connection.send("behind", std::move(pipe.write_end)), SendResult::refused);
  turn_for(loop, std::chrono::milliseconds(5));
  EXPECT_FALSE(pipe.nobody_writes());
  theirs.close();
  ASSERT_TRUE(until([&] { return sender.closed() && pipe.nobody_writes(); }));
}

TEST_P(PassedDescriptors, AreClosedWhenTheLoopEndsFirst) {
  auto [ours, theirs] = socket_pair();
  Pipe pipe;
  {
    Loop brief({.driver = driver()});
    auto& connection = adopt<Scripted>(brief, ours.release(), sender.factory());
    EXPECT_EQ(connection.send("x", std::move(pipe.write_end)), SendResult::accepted);
  }
  EXPECT_TRUE(pipe.nobody_writes());
}

TEST_P(PassedDescriptors, AreClosedWhereTheSessionDoesNotTakeThem) {
  auto [ours, theirs] = socket_pair();
  const auto& receiver = adopt<Scripted>(loop, theirs.release(), deaf.factory());
  driver::allow_attaching(receiver.native_handle(), true);  // as on a system that cannot refuse
  auto& connection = adopt<Scripted>(loop, ours.release(), sender.factory());
  Pipe pipe;
  EXPECT_EQ(connection.send("x", std::move(pipe.write_end)), SendResult::accepted);
  connection.send("y");
  ASSERT_TRUE(until([&] { return deaf.received == "xy"; }));
  EXPECT_TRUE(pipe.nobody_writes());
}

TEST_P(PassedDescriptors, AreClosedWhileTheConnectionCloses) {
  auto [ours, theirs] = socket_pair();
  auto& connection = adopt<Taker>(loop, ours.release(), [this] { return Taker{&taker}; });
  ASSERT_TRUE(until([&] { return at_taker() != nullptr; }));
  EXPECT_TRUE(connection.close());
  Pipe pipe;
  send_with_descriptors(theirs.descriptor(), "x", {pipe.write_end.get()});
  pipe.write_end = OwnedDescriptor();
  ASSERT_TRUE(until([&] { return pipe.nobody_writes(); }));
  EXPECT_EQ(arrived(), 0U);
}

// Bytes without what was attached to them would be taken for other ones.
TEST_P(PassedDescriptors, ThatThereIsNoRoomForEndTheConnection) {
  auto [ours, theirs] = socket_pair();
  adopt<Taker>(loop, ours.release(), [this] { return Taker{&taker}; });
  ASSERT_TRUE(until([&] { return at_taker() != nullptr; }));
  send_with_descriptors(theirs.descriptor(), "x", {0, 1, 2});
  {
    const DescriptorLimit limit(2);
    ASSERT_TRUE(until([&] { return taker.ended.has_value(); }));
  }
  EXPECT_EQ(*taker.ended, std::errc::too_many_files_open);
  EXPECT_EQ(taker.bytes, "");
  EXPECT_EQ(arrived(), 0U);
}

TEST_P(PassedDescriptors, SendThatCannotBeIsAnErrorThatSaysWhatWasExpected) {
  const auto expect_error = [](std::string_view expected, auto send) {
    try {
      send();
      ADD_FAILURE() << "expected an error: " << expected;
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
    }
  };
  auto& connection = open_pair();
  Pipe pipe;
  expect_error("0 bytes: expected at least 1", [&] { connection.send("", std::move(pipe.write_end)); });
  expect_error("no empty OwnedDescriptor", [&] { connection.send("x", OwnedDescriptor()); });
  expect_error("expected 1 to 253", [&] { connection.send("x", std::vector<OwnedDescriptor>()); });
  expect_error("expected 1 to 253", [&] { connection.send("x", std::vector<OwnedDescriptor>(254)); });
  EXPECT_EQ(connection.queued(), 0U);
  Link tcp(driver());
  ASSERT_TRUE(tcp.open());
  expect_error("expected a Unix socket", [&] { tcp.at_client()->send("x", std::move(pipe.write_end)); });
  EXPECT_TRUE(pipe.write_end);  // NOLINT: untouched, as promised
}

// What came with the descriptors has not been consumed by then.
TEST_P(PassedDescriptors, SessionMayGiveItsConnectionAwayWhenTheyArrive) {
  auto [ours, theirs] = socket_pair();
  std::optional<ReleasedConnection> released;
  taker.on_descriptors = [&](Connection& peer) { released = peer.release(); };
  adopt<Taker>(loop, ours.release(), [this] { return Taker{&taker}; });
  ASSERT_TRUE(until([&] { return at_taker() != nullptr; }));
  send_with_descriptors(theirs.descriptor(), "first ", {0});
  theirs.send("second");
  ASSERT_TRUE(until([&] { return released.has_value(); }));
  EXPECT_TRUE(Bytes(released->unread).text().starts_with("first ")) << Bytes(released->unread).text();
  taker.on_descriptors = nullptr;
  adopt<Taker>(loop, std::move(*released), [this] { return Taker{&taker}; });
  ASSERT_TRUE(until([&] { return taker.bytes == "first second"; })) << taker.bytes;
}

TEST_P(PassedDescriptors, SessionMayPauseOrThrowOrCloseWhenTheyArrive) {
  for (int what = 0; what < 3; ++what) {
    taker = {};
    loop.on_exception([](std::exception_ptr) {});
    taker.on_descriptors = [&](Connection& peer) {
      if (what == 0) peer.pause();
      if (what == 1) throw std::runtime_error("as a test");
      if (what == 2) peer.close();
    };
    auto [ours, theirs] = socket_pair();
    adopt<Taker>(loop, ours.release(), [this] { return Taker{&taker}; });
    send_with_descriptors(theirs.descriptor(), "x", {0});
    ASSERT_TRUE(until([&] { return arrived() == 1; }));
    turn_for(loop, std::chrono::milliseconds(2));
    EXPECT_EQ(taker.bytes, "") << what;
    if (what == 0) at_taker()->resume();
    if (what != 0) theirs.close();
    ASSERT_TRUE(until([&] { return what == 0 ? taker.bytes == "x" : taker.ended.has_value(); })) << what;
    if (what == 0) at_taker()->abort();
    ASSERT_TRUE(until([&] { return taker.ended.has_value(); }));
  }
}

struct Successor {
  Received* received;
  void on_data(Connection& /*peer*/, Bytes in) const { received->bytes += in.text(); }
};

TEST_P(PassedDescriptors, SessionThatTakesOverWhenTheyArriveGetsTheirBytes) {
  Received later;
  taker.on_descriptors = [&](Connection& peer) { peer.become<Successor>([&] { return Successor{&later}; }); };
  auto [ours, theirs] = socket_pair();
  adopt<Taker>(loop, ours.release(), [this] { return Taker{&taker}; });
  send_with_descriptors(theirs.descriptor(), "with them", {0});
  ASSERT_TRUE(until([&] { return later.bytes == "with them"; })) << taker.bytes;
  EXPECT_EQ(taker.bytes, "");
}

struct Ignorer {
  void on_datagram(DatagramSocket& /*socket*/, Bytes /*payload*/, const Address& /*from*/) const {}
};

// The system would close them inside of our receive(2), which takes as long as their sender wants (SO_LINGER).
TEST_P(PassedDescriptors, MayNotBeAttachedWhereNoSessionTakesThem) {
  if (!may_refuse_descriptors()) GTEST_SKIP() << "this system takes them, and closes them";
  const auto is_refused = [](int socket, std::optional<Address> receiver = {}) {
    return try_to_attach(socket, "x", {0}, receiver) == std::errc::operation_not_permitted;
  };
  const Listener<Scripted> listener(loop, free_address("unix"), deaf.factory());
  const RawSocket client(listener.address());
  EXPECT_TRUE(is_refused(client.descriptor())) << "before it is accepted, too";
  ASSERT_TRUE(until([&] { return deaf.opened(); }));
  EXPECT_TRUE(is_refused(client.descriptor()));

  auto [taken, peer_of_taken] = socket_pair();
  adopt<Scripted>(loop, taken.release(), deaf.factory());
  EXPECT_TRUE(is_refused(peer_of_taken.descriptor()));

  std::error_code error;
  auto address = Address::parse(free_address("unix"));
  const auto theirs = driver::open_listening(address, {}, error, true);
  connect<Scripted>(loop, address.to_string(), sender.factory());
  ASSERT_TRUE(until([&] { return sender.opened(); }));
  const RawSocket accepted(::accept(theirs.get(), nullptr, nullptr));
  EXPECT_TRUE(is_refused(accepted.descriptor()));

  const Datagram<Ignorer> datagrams(loop, free_address("unixgram"), [] { return Ignorer{}; });
  const RawSocket peer(::socket(AF_UNIX, SOCK_DGRAM, 0));
  EXPECT_TRUE(is_refused(peer.descriptor(), datagrams.address()));

  // Who gets a socket that eddy made may want them.
  auto released = loop.find(sender.last)->release();
  EXPECT_FALSE(is_refused(accepted.descriptor()));
}

TEST_P(PassedDescriptors, OfATakenListenersSessionsArrive) {
  std::error_code error;
  auto address = Address::parse(free_address("unix"));
  auto made = driver::open_listening(address, {}, error);
  const Listener<Taker> listener(loop, std::move(static_cast<OwnedSocket&>(made)), [this] { return Taker{&taker}; });
  const RawSocket peer(address);
  send_with_descriptors(peer.descriptor(), "x", {0});
  ASSERT_TRUE(until([&] { return taker.bytes == "x"; }));
  EXPECT_EQ(arrived(), 1U);
}

}  // namespace
}  // namespace eddy::test
