// Typed settings reach the socket, and those of a listener every connection that it accepts.
#include <gtest/gtest.h>
#include <reactor/driver/socket.h>
#include <reactor/driver/socket_options_posix.h>
#include <unistd.h>

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

// Linux doubles it, others round it up to whole segments.
void expect_buffer(int actual, int wanted) {
  EXPECT_GE(actual, wanted);
  EXPECT_LE(actual, 2 * wanted);
}

class SocketOptionsOnDriver : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, SocketOptionsOnDriver, each_driver(), driver_of);

TEST_P(SocketOptionsOnDriver, DefaultsAreNoDelayAndNoKeepAlive) {
  Link link(driver());
  ASSERT_TRUE(link.open());
  for (const auto* side : {link.at_client(), link.at_server()}) {
    EXPECT_NE(option(*side, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_EQ(option(*side, SOL_SOCKET, SO_KEEPALIVE), 0);
  }
}

TEST_P(SocketOptionsOnDriver, ReachBothSides) {
  const SocketOptions options{.no_delay = false,
                              .keep_alive = KeepAlive{.idle = 30s, .interval = 4500ms, .probes = 3},
                              .receive_buffer = 20'000,
                              .send_buffer = 30'000,
                              .linger = 0s};
  Link link(driver(), "tcp", {.socket = options});
  ASSERT_TRUE(link.open({.socket = options}));
  for (const auto* side : {link.at_client(), link.at_server()}) {
    EXPECT_EQ(option(*side, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_NE(option(*side, SOL_SOCKET, SO_KEEPALIVE), 0);
    if (driver::keep_idle_option != driver::none) {
      EXPECT_EQ(option(*side, IPPROTO_TCP, driver::keep_idle_option), 30);
      EXPECT_EQ(option(*side, IPPROTO_TCP, driver::keep_interval_option), 5) << "whole seconds, rounded up";
      EXPECT_EQ(option(*side, IPPROTO_TCP, driver::keep_probes_option), 3);
    }
    expect_buffer(option(*side, SOL_SOCKET, SO_RCVBUF), 20'000);
    expect_buffer(option(*side, SOL_SOCKET, SO_SNDBUF), 30'000);
    linger value{};
    socklen_t size = sizeof value;
    ASSERT_EQ(::getsockopt(side->native_handle(), SOL_SOCKET, SO_LINGER, &value, &size), 0);
    EXPECT_NE(value.l_onoff, 0);
    EXPECT_EQ(value.l_linger, 0);
  }
}

TEST_P(SocketOptionsOnDriver, UnixSocketsTakeThoseThatTheyHave) {
  const SocketOptions options{.keep_alive = KeepAlive{}, .send_buffer = 30'000};
  Link link(driver(), "unix", {.socket = options});
  ASSERT_TRUE(link.open({.socket = options}));
  expect_buffer(option(*link.at_client(), SOL_SOCKET, SO_SNDBUF), 30'000);
}

TEST_P(SocketOptionsOnDriver, SillyValuesAreTheSystemsErrorWithTheAddress) {
  if (driver::keep_idle_option == driver::none) GTEST_SKIP() << "keep-alive has no settings here";
  try {
    const Link link(driver(), "tcp", {.socket = {.keep_alive = KeepAlive{.idle = 24h * 365 * 100}}});
    FAIL() << "expected an error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("listen on tcp://127.0.0.1:0"), std::string::npos) << error.what();
  }
}

TEST_P(SocketOptionsOnDriver, BufferAboveTheSystemsMaximumIsCutDown) {
  const SocketOptions options{.receive_buffer = 1 << 30, .send_buffer = 1 << 30};
  Link link(driver(), "tcp", {.socket = options});
  ASSERT_TRUE(link.open({.socket = options}));
  Link usual(driver());
  ASSERT_TRUE(usual.open());
  for (const int name : {SO_RCVBUF, SO_SNDBUF}) {
    EXPECT_GE(option(*link.at_client(), SOL_SOCKET, name), option(*usual.at_client(), SOL_SOCKET, name) / 2);
  }
}

TEST(SocketOptions, FastOpenIsAskedForOrLeftOut) {
  auto address = Address::parse("tcp://127.0.0.1:0");
  std::error_code error;
  const auto listening = driver::open_listening(address, {.backlog = 77, .socket = {.fast_open = true}}, error);
  ASSERT_FALSE(error) << error.message();
  if (driver::fast_open_option != driver::none && driver::fast_open_counts) {
    const int wanted = driver::option_value(listening.get(), IPPROTO_TCP, driver::fast_open_option);
    EXPECT_TRUE(wanted == 77 || wanted == 0) << wanted;
  }
}

TEST_P(SocketOptionsOnDriver, FastOpenCarriesDataOrFallsBack) {
  Link link(driver(), "tcp", {.socket = {.fast_open = true}});
  for (int i = 0; i < 3; ++i) {
    const auto before = link.server.received.size();
    link.connect({.socket = {.fast_open = true}}).send("fast");
    ASSERT_TRUE(link.until([&] { return link.server.received.size() == before + 4; }));
    link.at_client()->close();
    ASSERT_TRUE(link.until([&] { return link.at_client() == nullptr; }));
  }
}

// With any other value close(2) would block the loop.
TEST_P(SocketOptionsOnDriver, LingerTakesOnlyZero) {
  EXPECT_THROW(Link(driver(), "tcp", {.socket = {.linger = 3s}}), std::system_error);
  Link link(driver());
  EXPECT_THROW(link.connect({.socket = {.linger = 3s}}), std::system_error);
}

TEST_P(SocketOptionsOnDriver, UnixSourcePathGoesWithItsConnection) {
  Link link(driver(), "unix");
  const auto path = free_address("unix");
  ASSERT_TRUE(link.open({.source = path}));
  EXPECT_EQ(link.at_server()->peer_address().to_string(), path);
  link.at_client()->close();
  ASSERT_TRUE(link.until([&] { return link.at_client() == nullptr; }));
  ASSERT_TRUE(link.open({.source = path}));
}

TEST_P(SocketOptionsOnDriver, UnixSourcePathGoesWithAConnectThatFails) {
  const auto path = "/tmp/eddy-source-" + std::to_string(::getpid()) + "-" + driver();
  ::unlink(path.c_str());
  Script client;
  Loop loop({.driver = driver()});
  connect<Scripted>(loop, "unix:/tmp/eddy-nobody-listens-here", client.factory(), {.source = "unix:" + path});
  ASSERT_TRUE(turn_until(loop, [&] { return client.closed(); }));
  EXPECT_TRUE(client.why()) << "nobody listens";
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << path << " is left behind";
}

// The file is bind's, and listen comes after it.
TEST_P(SocketOptionsOnDriver, UnixPathGoesWithAListenThatFails) {
  const auto path = "/tmp/eddy-listener-" + std::to_string(::getpid()) + "-" + driver();
  ::unlink(path.c_str());
  Script script;
  Loop loop({.driver = driver()});
  {
    const Listener<Scripted> listener(loop, "unix:" + path, script.factory());
    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
    EXPECT_THROW(Listener<Scripted>(loop, "unix:" + path, script.factory()), std::system_error);
    EXPECT_EQ(::access(path.c_str(), F_OK), 0) << "it is still the first one's";
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace eddy::test
