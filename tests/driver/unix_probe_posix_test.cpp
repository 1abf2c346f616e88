// Who has a Unix socket's file open: what decides whether a file is stale, and whether a refusal is final.
#include <gtest/gtest.h>
#include <reactor/driver/socket.h>
#include <reactor/driver/unix_path.h>
#include <reactor/driver/unix_probe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class UnixProbe : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(stream.host()); }
  void TearDown() override { std::filesystem::remove(stream.host()); }

  // A socket at the file, not listening.
  driver::OwnedSocket bound(const Address& address) {
    auto socket = driver::open_socket(address, error);
    EXPECT_FALSE(error) << error.message();
    error = driver::bind(socket.get(), address);
    EXPECT_FALSE(error) << error.message();
    return socket;
  }
  // What each kind of server asks before it takes the file.
  void expect_open(bool open) const {
    for (const auto& address : {stream, datagram}) {
      EXPECT_EQ(driver::somebody_has_open(address), open) << address.to_string();
      EXPECT_EQ(driver::UnixPath::remove_stale(address), !open) << address.to_string();
      if (!open) return;
    }
    EXPECT_TRUE(std::filesystem::is_socket(stream.host()));
  }

  const std::string path = "/tmp/eddy-probe-" + std::to_string(::getpid()) + ".sock";
  const Address stream = Address::parse("unix:" + path);
  const Address datagram = Address::parse("unixgram:" + path);
  std::error_code error;
};

TEST_F(UnixProbe, NobodyHasAFileThatAProcessLeftBehind) {
  bound(stream);
  expect_open(false);
  bound(datagram);
  expect_open(false);
}

TEST_F(UnixProbe, ListenerHasItAlsoWhenItsBacklogIsFull) {
  const auto listener = bound(stream);
  ASSERT_FALSE(driver::listen(listener.get(), 1));
  expect_open(true);
  const auto waiting = fill_backlog(stream);
  expect_open(true);
}

TEST_F(UnixProbe, TakesNoPlaceInABacklog) {
  const auto listener = bound(stream);
  ASSERT_FALSE(driver::listen(listener.get(), 1));
  expect_open(true);
  driver::accept(listener.get(), error);
  EXPECT_TRUE(driver::would_block(error));
}

TEST_F(UnixProbe, ServerThatIsAboutToListenHasIt) {
  const auto starting = bound(stream);
  expect_open(true);
}

TEST_F(UnixProbe, DatagramSocketHasItAlsoWhenItIsConnectedElsewhere) {
  auto receiver = bound(datagram);
  expect_open(true);
  const auto peer = Address::parse("unixgram:" + path + ".peer");
  const auto other = bound(peer);
  bool pending = false;
  ASSERT_FALSE(driver::connect(receiver.get(), peer, pending));
  expect_open(true);
  std::filesystem::remove(peer.host());
}

TEST_F(UnixProbe, NobodyIsThereToBeConnectedTo) {
  bound(stream);
  bool pending = false;
  const auto client = driver::open_socket(stream, error);
  EXPECT_EQ(driver::connect(client.get(), stream, pending), std::errc::connection_refused);
}

}  // namespace
}  // namespace eddy::test
