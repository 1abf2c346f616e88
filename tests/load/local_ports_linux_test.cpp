// Where the local addresses and ports of connections come from, and what is said when they are used up.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>

#include <apps/cli/program.h>
#include <reactor/listener.h>

#include "../support/loop_until.h"
#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

struct Callers {
  std::mutex mutex;
  std::set<std::string> hosts;
  std::set<int> ports;
};

StreamBehaviour noting_callers(const std::shared_ptr<Callers>& callers) {
  StreamBehaviour behaviour;
  behaviour.on_data = [callers](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    if (before == 0) {
      const std::lock_guard lock(callers->mutex);
      callers->hosts.insert(peer.peer_address().host());
      callers->ports.insert(peer.peer_address().port());
    }
    peer.send(in);
  };
  return behaviour;
}

bool has_port_ranges() {
  struct Nobody {
    void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}
  };
  eddy::Loop loop;
  try {
    eddy::connect<Nobody>(loop, "tcp://127.0.0.1:9", [] { return Nobody{}; },
                          {.socket = {.local_ports = eddy::PortRange{40000, 40001}}});
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

TEST(LocalPorts, ConnectionsComeFromTheSourcesInTurn) {
  const auto callers = std::make_shared<Callers>();
  const TestServer server(free_url("tcp"), noting_callers(callers));
  auto settings = short_run(server.url());
  settings.connections = 9;
  settings.sources = {"127.0.0.2", "127.0.0.3", "127.0.0.4"};
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(callers->hosts, (std::set<std::string>{"127.0.0.2", "127.0.0.3", "127.0.0.4"}));
}

TEST(LocalPorts, ASourceThatIsNotThisMachinesIsNamedBeforeAnythingIsSent) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = short_run(server.url());
  settings.sources = {"127.0.0.2", "192.0.2.1"};
  try {
    run_checked(settings);
    FAIL() << "expected an error";
  } catch (const cli::UsageError& error) {
    EXPECT_EQ(std::string(error.what()).find("--source 192.0.2.1: expected an address of this machine"), 0U)
        << error.what();
  }
}

TEST(LocalPorts, TheRangeIsKeptTo) {
  if (!has_port_ranges()) GTEST_SKIP() << "no IP_LOCAL_PORT_RANGE here";
  const auto callers = std::make_shared<Callers>();
  const TestServer server(free_url("tcp"), noting_callers(callers));
  auto settings = short_run(server.url());
  settings.connections = 20;
  settings.sources = {"127.0.0.2"};
  settings.local_ports = eddy::PortRange{41000, 41099};
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(callers->ports.size(), 20U);
  EXPECT_GE(*callers->ports.begin(), 41000);
  EXPECT_LE(*callers->ports.rbegin(), 41099);
}

// Ten ports of the range of 100 are in the hands of others: what the preflight cannot know.
TEST(LocalPorts, WhenPortsRunOutEveryWayTheSystemSaysSoIsTheSameClearMessage) {
  if (!has_port_ranges()) GTEST_SKIP() << "no IP_LOCAL_PORT_RANGE here";
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  for (const auto& sources : {std::vector<std::string>{"127.0.0.5"}, std::vector<std::string>{}}) {
    auto settings = short_run(server.url());
    settings.sources = sources;
    settings.local_ports = eddy::PortRange{41200, 41299};
    settings.connections = 100;
    // Another run holds some of them: its connections have the same two addresses.
    eddy::Loop loop;
    std::size_t held = 0;
    struct Holder {
      std::size_t* held;
      void on_open(eddy::Connection& /*peer*/) const { ++*held; }
      void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) {}
    };
    eddy::ConnectOptions options{.socket = {.local_ports = eddy::PortRange{41200, 41299}}};
    if (!sources.empty()) options.source = "tcp://" + sources.front() + ":0";
    for (int i = 0; i < 10; ++i) {
      eddy::connect<Holder>(
          loop, server.url(), [&] { return Holder{&held}; }, options);
    }
    ASSERT_TRUE(eddy::test::turn_until(loop, [&] { return held == 10; }));
    const auto results = run_checked(settings);
    EXPECT_LE(results.connected, 90U);
    ASSERT_EQ(results.connect_failures.size(), 1U);
    EXPECT_EQ(results.connect_failures.begin()->first.find("out of local ports: "), 0U)
        << results.connect_failures.begin()->first;
    EXPECT_EQ(results.connected + results.connect_failures.begin()->second, 100U);
  }
}

}  // namespace
}  // namespace load::test
