// Typed settings reach the socket, and those of a listener every connection that it accepts.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

int option(const Connection& connection, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(connection.native_handle(), level, name, &value, &size), 0);
  return value;
}

TEST(SocketOptions, DefaultsAreNoDelayAndNoKeepAlive) {
  Link link;
  ASSERT_TRUE(link.open());
  for (const auto* side : {link.at_client(), link.at_server()}) {
    EXPECT_NE(option(*side, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_EQ(option(*side, SOL_SOCKET, SO_KEEPALIVE), 0);
  }
}

TEST(SocketOptions, ReachBothSides) {
  const SocketOptions options{.no_delay = false,
                              .keep_alive = KeepAlive{.idle = 30s, .interval = 4500ms, .probes = 3},
                              .receive_buffer = 20'000,
                              .send_buffer = 30'000,
                              .linger = 3s};
  Link link("", "tcp", {.socket = options});
  ASSERT_TRUE(link.open({.socket = options}));
  for (const auto* side : {link.at_client(), link.at_server()}) {
    EXPECT_EQ(option(*side, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_NE(option(*side, SOL_SOCKET, SO_KEEPALIVE), 0);
    EXPECT_EQ(option(*side, IPPROTO_TCP, TCP_KEEPIDLE), 30);
    EXPECT_EQ(option(*side, IPPROTO_TCP, TCP_KEEPINTVL), 5) << "whole seconds, rounded up";
    EXPECT_EQ(option(*side, IPPROTO_TCP, TCP_KEEPCNT), 3);
    EXPECT_EQ(option(*side, SOL_SOCKET, SO_RCVBUF), 40'000) << "Linux doubles it";
    EXPECT_EQ(option(*side, SOL_SOCKET, SO_SNDBUF), 60'000);
    linger value{};
    socklen_t size = sizeof value;
    ASSERT_EQ(::getsockopt(side->native_handle(), SOL_SOCKET, SO_LINGER, &value, &size), 0);
    EXPECT_EQ(value.l_onoff, 1);
    EXPECT_EQ(value.l_linger, 3);
  }
}

TEST(SocketOptions, UnixSocketsTakeThoseThatTheyHave) {
  const SocketOptions options{.keep_alive = KeepAlive{}, .send_buffer = 30'000};
  Link link("", "unix", {.socket = options});
  ASSERT_TRUE(link.open({.socket = options}));
  EXPECT_EQ(option(*link.at_client(), SOL_SOCKET, SO_SNDBUF), 60'000);
}

TEST(SocketOptions, SillyValuesAreTheSystemsErrorWithTheAddress) {
  try {
    const Link link("", "tcp", {.socket = {.keep_alive = KeepAlive{.idle = 24h * 365 * 100}}});
    FAIL() << "expected an error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("listen on tcp://127.0.0.1:0"), std::string::npos) << error.what();
  }
}

TEST(SocketOptions, FastOpenCarriesDataOrFallsBack) {
  Link link("", "tcp", {.socket = {.fast_open = true}});
  for (int i = 0; i < 3; ++i) {
    const auto before = link.server.received.size();
    link.connect({.socket = {.fast_open = true}}).send("fast");
    ASSERT_TRUE(link.until([&] { return link.server.received.size() == before + 4; }));
    link.at_client()->close();
    ASSERT_TRUE(link.until([&] { return link.at_client() == nullptr; }));
  }
}

}  // namespace
}  // namespace eddy::test
