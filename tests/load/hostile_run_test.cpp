#include <gtest/gtest.h>
#include <tools/load/hostility.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

TEST(Hostility, IsReadAndWrittenTheSameWay) {
  for (const auto* text : {"slow-read:50", "slow-write:1,half-open:2,reset:3,one-byte:4,never-finish:5"}) {
    EXPECT_EQ(to_string(parse_hostile(text)), text);
  }
  for (const auto* text : {"", "slow-read", "slow-read:", "slow-read:0", "slow:1", "reset:1,", "reset:1,reset:2"}) {
    EXPECT_THROW(parse_hostile(text), std::invalid_argument) << text;
  }
}

Settings with_bad_clients(const std::string& url, const std::string& hostile) {
  auto settings = short_run(url);
  settings.connections = 3;
  settings.duration = 500ms;
  settings.hostile = parse_hostile(hostile);
  return settings;
}

TEST(HostileRun, BadClientsAreReportedApartAndInNoOtherFigure) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  for (const std::size_t threads : {1U, 2U}) {
    auto settings =
        with_bad_clients(server.url(), "slow-read:2,slow-write:2,half-open:2,reset:2,one-byte:2,never-finish:2");
    settings.threads = threads;
    const auto results = run_checked(settings);
    EXPECT_TRUE(problems(settings, results).empty());
    EXPECT_EQ(results.connected, 3U);
    EXPECT_EQ(results.bytes_out, results.sent * settings.size);
    EXPECT_EQ(results.bytes_in, results.answered * settings.size);
    ASSERT_EQ(results.hostile.size(), 6U);
    for (const auto& [kind, figures] : results.hostile) {
      EXPECT_EQ(figures.wanted, 2U) << kind;
      EXPECT_TRUE(figures.closed_by_server.empty()) << kind;
      EXPECT_TRUE(figures.connect_failures.empty()) << kind;
      if (kind == "reset") {
        EXPECT_GT(figures.connected, 2U) << "comes again";
      } else {
        EXPECT_EQ(figures.connected, 2U) << kind;
      }
    }
  }
}

TEST(HostileRun, WhomTheServerEndsAndHowIsCounted) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    if (before + in.size() == 9999) return void(peer.close());
    if (before == 0 && in.size() < 1000) return void(peer.abort());
    peer.send(in);
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = with_bad_clients(server.url(), "half-open:3,one-byte:2,never-finish:4");
  settings.size = 10'000;
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_TRUE(results.hostile.at("half-open").closed_by_server.empty());
  EXPECT_EQ(results.hostile.at("one-byte").closed_by_server, (ErrorCounts{{"Connection reset by peer", 2}}));
  EXPECT_EQ(results.hostile.at("never-finish").closed_by_server, (ErrorCounts{{"closed", 4}}));
}

// What each kind promises, seen from the server.
TEST(HostileRun, EachKindDoesWhatItsNameSays) {
  struct Seen {
    std::mutex mutex;
    std::uint64_t most_at_once = 0;
    std::uint64_t bytes = 0;
  };
  const auto look = [](const std::string& kind) {
    const auto seen = std::make_shared<Seen>();
    StreamBehaviour behaviour;
    behaviour.on_data = [seen](eddy::Connection& peer, eddy::Bytes in, std::uint64_t, int) {
      const std::lock_guard lock(seen->mutex);
      // The good one's messages are of 1000 bytes, and so are the bad one's.
      if (in.size() < 1000) {
        seen->most_at_once = std::max<std::uint64_t>(seen->most_at_once, in.size());
        seen->bytes += in.size();
      }
      peer.send(in);
    };
    const TestServer server(free_url("tcp"), behaviour);
    auto settings = with_bad_clients(server.url(), kind + ":1");
    settings.size = 1000;
    settings.think = 50ms;
    const auto results = run_checked(settings);
    EXPECT_TRUE(problems(settings, results).empty());
    const std::lock_guard lock(seen->mutex);
    return std::pair(seen->most_at_once, seen->bytes);
  };
  EXPECT_EQ(look("never-finish"), (std::pair<std::uint64_t, std::uint64_t>(999, 999)));
  EXPECT_EQ(look("half-open"), (std::pair<std::uint64_t, std::uint64_t>(0, 0)));
  EXPECT_GT(look("one-byte").second, 20U);
  EXPECT_LE(look("slow-write").second, 1U);
}

}  // namespace
}  // namespace load::test
