// Listening where it is about files and descriptors: Unix socket files, many clients, too many.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <reactor/driver/descriptor_passing.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class ListeningOnUnix : public OnDriver {
 protected:
  std::unique_ptr<Listener<Scripted>> listen(std::string_view address, const ListenOptions& options = {}) {
    return std::make_unique<Listener<Scripted>>(loop, address, script.factory(), options);
  }
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }

  Script script;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, ListeningOnUnix, each_driver(), driver_of);

// ---- Unix socket files

class UnixFile : public ListeningOnUnix {
 protected:
  struct Mute {
    static void on_datagram(DatagramSocket&, Bytes, const Address&) {}
  };
  void SetUp() override {
    path = std::filesystem::temp_directory_path() / ("eddy-" + std::to_string(::getpid()) + "-" + driver() + ".sock");
    std::filesystem::remove(path);
    url = "unix:" + path.string();
  }
  void TearDown() override { std::filesystem::remove(path); }

  std::filesystem::path path;
  std::string url;
};
INSTANTIATE_TEST_SUITE_P(Drivers, UnixFile, each_driver(), driver_of);

TEST_P(UnixFile, IsRemovedWhenTheListenerCloses) {
  auto listener = listen(url);
  EXPECT_TRUE(std::filesystem::is_socket(path));
  listener.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_P(UnixFile, StaleOneIsReplaced) {
  // A process that ended without removing it.
  const int old = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto address = Address::parse(url);
  ASSERT_EQ(::bind(old, static_cast<const sockaddr*>(address.native()), static_cast<socklen_t>(address.native_size())),
            0);
  ::close(old);
  ASSERT_TRUE(std::filesystem::is_socket(path));
  const auto listener = listen(url);
  const RawSocket client(listener->address());
  ASSERT_TRUE(until([&] { return listener->connections() == 1; }));
}

TEST_P(UnixFile, ThatSomebodyAnswersOnIsLeftToHim) {
  const auto first = listen(url, {.backlog = 1});
  const auto waiting = fill_backlog(first->address());
  EXPECT_THROW(listen(url), std::system_error) << "its backlog is full, and still he lives";
  ASSERT_TRUE(until([&] { return first->connections() == waiting.size(); }));
  EXPECT_THROW(listen(url), std::system_error);
  const RawSocket later(first->address());
  ASSERT_TRUE(until([&] { return first->connections() > waiting.size(); }));
}

TEST_P(UnixFile, OfAServerThatIsAboutToListenIsLeftToHim) {
  const auto address = Address::parse(url);
  const int starting = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(
      ::bind(starting, static_cast<const sockaddr*>(address.native()), static_cast<socklen_t>(address.native_size())),
      0);
  EXPECT_THROW(listen(url), std::system_error);
  EXPECT_TRUE(std::filesystem::is_socket(path));
  ::close(starting);
}

TEST_P(UnixFile, OfAnotherKindIsNeverTouched) {
  std::ofstream(path) << "precious";
  EXPECT_THROW(listen(url), std::system_error);
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_P(UnixFile, ThatIsNoSocketIsSaidToBeNone) {
  const auto expect_refusal = [&](const char* what) {
    for (const std::string scheme : {"unix:", "unixgram:"}) {
      try {
        if (scheme == "unix:") listen(scheme + path.string());
        if (scheme == "unixgram:") Datagram<Mute>(loop, scheme + path.string());
        ADD_FAILURE() << what << ": expected an error";
      } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), Errc::not_a_socket) << what;
        EXPECT_NE(std::string(error.what()).find(scheme + path.string()), std::string::npos) << error.what();
      }
      EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(path))) << what;
    }
    std::filesystem::remove(path);
  };
  std::ofstream(path) << "precious";
  expect_refusal("a file");
  std::filesystem::create_directory(path);
  expect_refusal("a directory");
  std::filesystem::create_symlink("/nowhere/at/all", path);
  expect_refusal("a link that leads nowhere");
  const auto live = listen(url);
  try {
    listen(url);
    ADD_FAILURE() << "expected an error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use) << "a socket that somebody has";
  }
}

// As a daemon's does that goes to / when it has started.
TEST_P(UnixFile, IsRemovedThoughTheWorkingDirectoryIsAnother) {
  const auto before = std::filesystem::current_path();
  const auto name = path.filename().string();
  for (const std::string scheme : {"unix:", "unixgram:"}) {
    std::filesystem::current_path(path.parent_path());
    std::unique_ptr<Listener<Scripted>> listener;
    std::optional<Datagram<Mute>> datagram;
    if (scheme == "unix:") listener = listen(scheme + name);
    if (scheme == "unixgram:") datagram.emplace(loop, scheme + name);
    EXPECT_TRUE(std::filesystem::is_socket(path));
    std::filesystem::current_path("/");
    listener.reset();
    datagram.reset();
    EXPECT_FALSE(std::filesystem::exists(path)) << scheme;
  }
  std::filesystem::current_path(before);
}

TEST_P(UnixFile, OfAReleasedSocketStaysAndIsNobodysToRemove) {
  auto first = listen(url);
  auto released = first->release();
  ASSERT_TRUE(released.socket);
  first.reset();
  EXPECT_TRUE(std::filesystem::is_socket(path));
  {
    const Listener<Scripted> second(loop, std::move(released.socket), script.factory());
    EXPECT_EQ(second.address().to_string(), url);
    const RawSocket client(second.address());
    ASSERT_TRUE(until([&] { return second.connections() == 1; }));
  }
  EXPECT_TRUE(std::filesystem::is_socket(path)) << "who made it removes it";
  std::filesystem::remove(path);
  Datagram<Mute> datagram(loop, "unixgram:" + path.string());
  EXPECT_TRUE(datagram.release());
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

TEST_P(UnixFile, OfASuccessorIsNotRemoved) {
  auto first = listen(url);
  std::filesystem::remove(path);
  auto second = listen(url);
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(path)) << "the file is another listener's by now";
  const RawSocket client(second->address());
  ASSERT_TRUE(until([&] { return second->connections() == 1; }));
}

// A read ends at such a message, however much room it had; what came behind it is there already, and no event tells of
// it any more.
TEST_P(UnixFile, PeerThatAttachesADescriptorIsHeardToTheEnd) {
  const auto listener = listen(url);
  RawSocket peer(listener->address());
  ASSERT_TRUE(until([&] { return script.opened(); }));
  driver::allow_attaching(loop.find(script.last)->native_handle(), true);  // as on a system that cannot refuse
  send_with_descriptors(peer.descriptor(), "GET ", {peer.descriptor()});
  peer.send("x\n");
  ASSERT_TRUE(until([&] { return script.received == "GET x\n"; })) << script.received;
}

TEST_P(ListeningOnUnix, AbstractNameLeavesNoFile) {
  if (!Address::has_abstract_names()) GTEST_SKIP() << "not on this system";
  const auto listener = listen("unix:@eddy-test-" + std::to_string(::getpid()) + driver());
  const RawSocket client(listener->address());
  ASSERT_TRUE(until([&] { return listener->connections() == 1; }));
  EXPECT_FALSE(std::filesystem::exists(listener->address().host()));
}

// ---- many, and too many

TEST_P(ListeningOnUnix, TwoThousandConnectionsEchoAndLeaveNoDescriptorBehind) {
  const auto before = open_descriptors();
  script.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  Script clients;
  {
    Loop other({.driver = driver()});
    const auto listener = listen("tcp://127.0.0.1:0");
    clients.on_open = [](Connection& peer) { peer.send(std::to_string(peer.id().token())); };
    int right = 0;
    clients.on_data = [&](Connection& peer, Bytes in) -> std::size_t {
      const auto expected = std::to_string(peer.id().token());
      if (in.size() < expected.size()) return 0;
      right += in.text() == expected ? 1 : 0;
      peer.close();
      return in.size();
    };
    for (std::size_t i = 0; i < 2000; ++i) {
      connect<Scripted>(other, listener->address().to_string(), clients.factory());
      // A system may hold no more than 128 whom nobody has accepted yet, and reset the others.
      ASSERT_TRUE(until([&] {
        other.run_once(other.now());
        return loop.stats().accepted + 64 > i;
      }));
    }
    ASSERT_TRUE(until([&] {
      other.run_once(other.now());
      return clients.count("close") == 2000 && script.count("close") == 2000;
    }));
    EXPECT_EQ(right, 2000);
    EXPECT_EQ(loop.stats().accepted, 2000U);
    EXPECT_EQ(loop.stats().closed[static_cast<std::size_t>(CloseReason::clean)], 2000U);
  }
  EXPECT_FALSE(script.called_after_close);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(ListeningOnUnix, OutOfDescriptorsServesThoseConnectedAndGoesOnWhenOneLeaves) {
  script.on_data = [](Connection& peer, Bytes in) {
    peer.send(in);
    return in.size();
  };
  const auto listener = listen("tcp://127.0.0.1:0");
  std::vector<RawSocket> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(listener->address());
  const DescriptorLimit room_for_ten_of_the_twenty(10);
  ASSERT_TRUE(until([&] { return loop.stats().accept_errors > 0; }));
  const auto served = listener->connections();
  EXPECT_GE(served, 9U);
  EXPECT_LE(served, 10U);
  EXPECT_EQ(loop.stats().shed, 1U) << "one was closed by way of the reserve";
  const auto turns = loop.stats().turns;
  turn_for(loop, 100ms);
  EXPECT_LT(loop.stats().turns - turns, 40U) << "it does not spin";
  EXPECT_LT(loop.stats().accept_errors, 10U);
  clients[0].send("hello");
  std::string answer;
  ASSERT_TRUE(until([&] { return (answer += clients[0].read_some()) == "hello"; }));
  // One leaves: those who wait get in, as many as there are descriptors now (the client's own is one of them).
  for (std::size_t gone = 0; gone < 3; ++gone) {
    const auto accepted = loop.stats().accepted;
    clients[gone].close();
    ASSERT_TRUE(until([&] { return loop.stats().accepted > accepted; }));
  }
}

// Contract 10: "at once". The back-off is far longer than the turns that are counted here.
TEST_P(ListeningOnUnix, OutOfDescriptorsResumesInTheTurnsAfterOneOfOursIsClosed) {
  std::vector<Id> open;
  script.on_open = [&](Connection& peer) { open.push_back(peer.id()); };
  const auto listener = listen("tcp://127.0.0.1:0");
  std::vector<RawSocket> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(listener->address());
  const DescriptorLimit limit(5);
  std::size_t freed = 0;
  for (const bool paused : {false, true, false}) {
    const auto errors = loop.stats().accept_errors;
    ASSERT_TRUE(until([&] { return loop.stats().accept_errors >= errors + 4; }));
    if (paused) loop.find(open[freed])->pause();
    for (int i = 0; i < 3; ++i) loop.run_once(loop.now());
    const auto accepted = loop.stats().accepted;
    loop.find(open[freed++])->abort();
    int turns = 0;
    for (; turns < 20 && loop.stats().accepted == accepted; ++turns) loop.run_once(loop.now());
    EXPECT_LE(turns, 5);
    EXPECT_EQ(loop.stats().accepted, accepted + 1) << "as many as there was a descriptor for";
  }
}

}  // namespace
}  // namespace eddy::test
