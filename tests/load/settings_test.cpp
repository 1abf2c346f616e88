#include <apps/cli/program.h>
#include <gtest/gtest.h>
#include <tools/load/settings.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace load {
namespace {

Settings settings_for(const std::string& url) {
  Settings settings;
  settings.url = url;
  return settings;
}

std::string complaint(const Settings& settings) {
  try {
    check(settings);
    return "";
  } catch (const cli::UsageError& error) {
    return error.what();
  }
}

TEST(Settings, TheDefaultsAreValidForEveryTransport) {
  for (const auto* url : {"tcp://127.0.0.1:7", "udp://[::1]:7", "unix:/tmp/x", "unixgram:/tmp/x"}) {
    EXPECT_EQ(complaint(settings_for(url)), "");
  }
}

TEST(Settings, ADatagramHasRoomForItsHeaderAndFitsTheTransport) {
  auto settings = settings_for("udp://127.0.0.1:7");
  settings.size = 15;
  EXPECT_NE(complaint(settings).find("--size 15: expected 16 to 65507"), std::string::npos);
  settings.size = 16;
  EXPECT_EQ(complaint(settings), "");
  settings.size = 65507;
  EXPECT_EQ(complaint(settings), "");
  settings.size = 65508;
  EXPECT_NE(complaint(settings), "");
  settings.url = "tcp://127.0.0.1:7";
  settings.size = 1;
  EXPECT_EQ(complaint(settings), "");
}

TEST(Settings, EachImpossibleValueIsNamed) {
  const auto expect = [](const std::string& named, const std::function<void(Settings&)>& change) {
    auto settings = settings_for("tcp://127.0.0.1:7");
    change(settings);
    EXPECT_EQ(complaint(settings).find(named), 0U) << complaint(settings);
  };
  expect("--connections 0", [](Settings& s) { s.connections = 0; });
  expect("--size 0", [](Settings& s) { s.size = 0; });
  expect("--pipeline 0", [](Settings& s) { s.pipeline = 0; });
  expect("--pipeline 200001: expected at most 200000 with 50", [](Settings& s) { s.pipeline = 200'001; });
  expect("--pipeline 2: expected at most 1 ", [](Settings& s) {
    s.connections = 20'000'000;
    s.pipeline = 2;
  });
  expect("--closed: expected without --rate", [](Settings& s) {
    s.closed = true;
    s.rate = 10;
  });
  expect("--arrival burst:5: expected with --rate", [](Settings& s) { s.arrival = {Arrival::Kind::burst, 5}; });
  expect("--arrival poisson: expected at most 100000000", [](Settings& s) {
    s.arrival = {Arrival::Kind::poisson, 1};
    s.rate = 1e8;
  });
  expect("--overload queue: expected with --rate", [](Settings& s) { s.overload = Overload::queue; });
  expect("--local-ports 1-2: expected ports from the system's range", [](Settings& s) {
    s.local_ports = eddy::PortRange{1, 2};
  });
  expect("--think: expected without --rate", [](Settings& s) {
    s.rate = 10;
    s.think = eddy::Duration(1);
  });
  expect("--lifetime: expected without --churn", [](Settings& s) {
    s.churn = true;
    s.lifetime = eddy::Duration(1);
  });
  expect("--pipeline 2: expected without --churn", [](Settings& s) {
    s.churn = true;
    s.pipeline = 2;
  });
  expect("--threads 51: expected 1 to 50, one for each connection", [](Settings& s) { s.threads = 51; });
  expect("--source ::1: expected an IPv4 address", [](Settings& s) { s.sources = {"127.0.0.2", "::1"}; });
  expect("udp://127.0.0.1:8: expected the transport of tcp://127.0.0.1:7",
         [](Settings& s) { s.more_urls = {"udp://127.0.0.1:8"}; });
  expect("--churn: expected a tcp or unix URL", [](Settings& s) {
    s.url = "udp://127.0.0.1:7";
    s.churn = true;
  });
  expect("--hostile reset:5: expected a tcp or unix URL", [](Settings& s) {
    s.url = "udp://127.0.0.1:7";
    s.hostile = parse_hostile("reset:5");
  });
  expect("--overload drop: expected with --pipeline", [](Settings& s) {
    s.rate = 10;
    s.overload = Overload::drop;
  });
  expect("--rate 0", [](Settings& s) { s.rate = 0; });
  expect("--duration 0", [](Settings& s) { s.duration = {}; });
  expect("--timeout 0", [](Settings& s) { s.timeout = eddy::Duration(0); });
  expect("--driver nosuch", [](Settings& s) { s.driver = "nosuch"; });
  expect("--allow-loss", [](Settings& s) { s.allow_loss = true; });
  expect("tcp://127.0.0.1:0", [](Settings& s) { s.url = "tcp://127.0.0.1:0"; });
  expect("tcp://*:7", [](Settings& s) { s.url = "tcp://*:7"; });
  expect("unixgram:: expected", [](Settings& s) { s.url = "unixgram:"; });
}

TEST(Settings, AnAddressThatCannotBeReadIsAnError) {
  for (const auto* url : {"http://127.0.0.1:7", "tcp://127.0.0.1", "tcp://127.0.0.1:70000", "tcp://[::1:7"}) {
    EXPECT_THROW(check(settings_for(url)), std::system_error) << url;
  }
}

}  // namespace
}  // namespace load
