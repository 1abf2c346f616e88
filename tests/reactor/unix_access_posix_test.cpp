// Who may use a Unix socket, and who its peer is.
#include <gtest/gtest.h>
#include <reactor/datagram.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

class UnixAccess : public OnDriver {
 protected:
  struct Mute {
    static void on_datagram(DatagramSocket&, Bytes, const Address&) {}
  };
  void SetUp() override {
    path = std::filesystem::temp_directory_path() / ("eddy-access-" + std::to_string(::getpid()) + "-" + driver());
    std::filesystem::remove(path);
  }
  void TearDown() override { std::filesystem::remove(path); }
  struct stat file() const {
    struct stat found {};
    EXPECT_EQ(::lstat(path.c_str(), &found), 0);
    return found;
  }

  std::filesystem::path path;
  Script script;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, UnixAccess, each_driver(), driver_of);

TEST_P(UnixAccess, ModeIsTheOneAskedForWhateverTheUmaskIs) {
  const auto before = ::umask(0077);
  for (const unsigned mode : {0777U, 0660U, 0600U, 0U}) {
    {
      const Listener<Scripted> listener(loop, "unix:" + path.string(), script.factory(), {.unix_file = {.mode = mode}});
      EXPECT_EQ(file().st_mode & 07777U, mode);
    }
    const Datagram<Mute> datagram(loop, "unixgram:" + path.string(), {.unix_file = {.mode = mode}});
    EXPECT_EQ(file().st_mode & 07777U, mode);
  }
  EXPECT_EQ(::umask(before), mode_t{0077}) << "the process' umask is its own";
}

TEST_P(UnixAccess, UsualOneIsTheUmasks) {
  const auto before = ::umask(0027);
  const Listener<Scripted> listener(loop, "unix:" + path.string(), script.factory());
  ::umask(before);
  EXPECT_EQ(file().st_mode & 07777U, 0750U);
}

TEST_P(UnixAccess, OwnerIsTheOneAskedFor) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const Listener<Scripted> listener(loop, "unix:" + path.string(), script.factory(),
                                    {.unix_file = {.mode = 0640, .user = 12, .group = 34}});
  EXPECT_EQ(file().st_uid, 12U);
  EXPECT_EQ(file().st_gid, 34U);
  EXPECT_EQ(file().st_mode & 07777U, 0640U);
}

TEST_P(UnixAccess, ThatCannotBeGivenLeavesNothingBehind) {
  const auto expect_error = [&](const std::string& url, const UnixFileOptions& options, std::errc expected) {
    try {
      const Listener<Scripted> listener(loop, url, script.factory(), {.unix_file = options});
      ADD_FAILURE() << url << ": expected an error";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), expected) << error.what();
    }
  };
  expect_error("unix:" + path.string(), {.mode = 01777}, std::errc::invalid_argument);
  EXPECT_THROW(Datagram<Mute>(loop, "unixgram:" + path.string(), {.unix_file = {.mode = 01777}}), std::system_error);
  if (::geteuid() != 0) expect_error("unix:" + path.string(), {.user = 0}, std::errc::operation_not_permitted);
  EXPECT_FALSE(std::filesystem::exists(path));
  if (Address::has_abstract_names()) {
    expect_error("unix:@eddy-access-" + driver(), {.mode = 0600}, std::errc::operation_not_supported);
  }
}

TEST_P(UnixAccess, PeersCredentialsAreThoseOfItsProcessOnBothSidesAndInOnClose) {
  Link link(driver(), "unix");
  ASSERT_TRUE(link.open());
  std::optional<PeerCredentials> at_close;
  link.server.on_close = [&](Connection& peer, std::error_code) { at_close = peer.peer_credentials(); };
  const auto expect_us = [](const std::optional<PeerCredentials>& peer) {
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->user, ::geteuid());
    EXPECT_EQ(peer->group, ::getegid());
    if (peer->process) {
      EXPECT_EQ(*peer->process, ::getpid());
    }
  };
  expect_us(link.at_client()->peer_credentials());
  expect_us(link.at_server()->peer_credentials());
  link.at_client()->close();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  expect_us(at_close);
}

TEST_P(UnixAccess, PeerOverTcpHasNoCredentials) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  EXPECT_FALSE(link.at_server()->peer_credentials());
}

}  // namespace
}  // namespace eddy::test
