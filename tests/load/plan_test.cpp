// Runs that several processes make together.
#include <gtest/gtest.h>
#include <tools/load/ledger.h>
#include <tools/load/output/merge.h>
#include <tools/load/plan.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "example_run.h"
#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

Plan plan(std::vector<std::string> arguments) { return {std::move(arguments)}; }

TEST(Plan, SurvivesItsFile) {
  const auto before = plan({"line", "tcp://127.0.0.1:7", "--request", "{\"a\": \"\xC3\xA4\"}", "-c", "12"});
  EXPECT_EQ(plan_of("p", text_of(before)).arguments, before.arguments);
}

TEST(Plan, AsksForTheRunThatItsArgumentsSay) {
  const auto settings =
      settings_of("p", plan({"frames", "tcp://127.0.0.1:7", "-c", "12", "--rate", "50/s", "--max", "1k"}));
  EXPECT_EQ(settings.protocol, Protocol::frames);
  EXPECT_EQ(settings.connections, 12U);
  EXPECT_EQ(settings.rate, 50.0);
  EXPECT_EQ(settings.frames.max, 1024U);
}

TEST(Plan, WhatIsNoPlanIsNamedWithWhatWasExpected) {
  const auto why = [](const char* text) { return complaint([&] { plan_of("p.json", text); }); };
  for (const auto* text : {"", "{", "[]", "{}", R"({"eddy_load_plan": 1})"}) {
    EXPECT_EQ(why(text), "p.json: expected a plan, as `eddy-load plan` writes it") << text;
  }
  EXPECT_EQ(why(R"({"eddy_load_plan": 2, "arguments": []})"), "p.json: version 2 of a plan: expected 1");
  EXPECT_EQ(why(R"({"eddy_load_plan": 1, "arguments": [1]})"), "p.json: expected texts for arguments");
}

TEST(Plan, WhatCannotBePlannedIsRefused) {
  const auto why = [](std::vector<std::string> more) {
    std::vector<std::string> arguments{"echo", "tcp://127.0.0.1:7"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return complaint([&] { settings_of("p", {arguments}); });
  };
  EXPECT_EQ(why({}), "nothing");
  EXPECT_EQ(why({"--json", "a.json"}), "p: --json: expected with `eddy-load run`, for each shard its own");
  EXPECT_EQ(why({"--source", "127.0.0.2"}), "p: --source: expected with `eddy-load run`, for each shard its own");
  EXPECT_EQ(why({"--search", "p99<1ms"}), "p: --search: expected without a plan: one process looks for a rate");
  EXPECT_EQ(why({"--help"}).substr(0, 3), "p: ") << why({"--help"});
  EXPECT_EQ(why({"--drivers"}), "p: expected options of a run alone");
  EXPECT_NE(why({"--nosuch"}).find("--nosuch"), std::string::npos) << why({"--nosuch"});
  EXPECT_NE(complaint([] {
              settings_of("p", plan({"chat", "tcp://127.0.0.1:7"}));
            }).find("p: chat: expected another"),
            std::string::npos);
  EXPECT_NE(complaint([] { settings_of("p", plan({})); }).find("p: expected a protocol"), std::string::npos);
}

TEST(Plan, AllShardsTogetherAreTheWholeRun) {
  struct Seen {
    std::mutex mutex;
    std::map<std::string, int> first_bytes;  // of each connection
  };
  const auto seen = std::make_shared<Seen>();
  StreamBehaviour behaviour;
  behaviour.on_data = [seen](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    const std::lock_guard lock(seen->mutex);
    if (before == 0) ++seen->first_bytes[std::string(reinterpret_cast<const char*>(in.data()), 8)];
    peer.send(in);
  };
  const TestServer server(free_url("tcp"), behaviour);
  std::vector<RunReport> reports;
  std::vector<std::size_t> connections;
  for (std::size_t i = 0; i < 3; ++i) {
    auto settings = planned_run(server.url(), 100, 1ms);
    settings.connections = 11;
    settings.shard = {i, 3};
    settings.threads = i == 1 ? 2 : 1;
    const auto results = run_checked(settings);
    EXPECT_TRUE(problems(settings, results).empty());
    connections.push_back(results.connected);
    reports.push_back(run_report(std::to_string(i), json_document(settings, results)));
    // As if they had run at the same time.
    reports.back().json["started_unix_s"] = reports.front().json["started_unix_s"];
  }
  EXPECT_EQ(connections, (std::vector<std::size_t>{4, 4, 3}));
  {
    const std::lock_guard lock(seen->mutex);
    EXPECT_EQ(seen->first_bytes.size(), 11U);
  }
  const auto all = run_report("all", merged(reports));
  EXPECT_EQ(all.at("/problems"), Json::array());
  EXPECT_EQ(all.count("/messages/answered"), 100U);
  EXPECT_EQ(all.count("/settings/connections"), 11U);
  EXPECT_NEAR(all.number("/settings/rate"), 1000, 1e-6);
}

TEST(Plan, ShardsSpreadOverTheServersAsOneProcessDoes) {
  for (const std::size_t shards : {1U, 2U, 3U, 8U}) {
    std::map<std::string, int> connections;
    for (std::size_t i = 0; i < shards; ++i) {
      eddy::Loop loop;
      Settings settings;
      settings.shard = {i, shards};
      Results results;
      const Ledger ledger(loop, settings, results, {"a", "b"}, [] {});
      for (std::size_t own = 0; own < settings.shard.count(8); ++own) {
        ++connections[ledger.target(static_cast<std::size_t>(settings.shard.item(own)))];
      }
    }
    EXPECT_EQ(connections, (std::map<std::string, int>{{"a", 4}, {"b", 4}})) << shards;
  }
}

TEST(Plan, MergingNamesTheShardsThatAreMissing) {
  const auto shard = [](std::size_t index, std::size_t of) {
    Example example(static_cast<std::uint32_t>(index) + 1);
    example.settings.shard = {index, of};
    example.settings.seed = 1;
    return example.report("shard" + std::to_string(index + 1));
  };
  const auto all = run_report("all", merged({shard(0, 4), shard(2, 4)}));
  EXPECT_EQ(all.at("/ok"), false);
  EXPECT_EQ(all.at("/problems/0"), "shards 2, 4 of 4 are missing");
  EXPECT_EQ(run_report("one", merged({shard(1, 2)})).at("/problems/0"), "shard 1 of 2 is missing");
  EXPECT_EQ(complaint([] { merged({Example(1).report("a")}); }),
            "a: expected a shard of a plan, or another report to merge it with");
  Example of_another(3);
  of_another.settings.shard = {1, 2};
  of_another.settings.seed = 77;
  EXPECT_NE(complaint([&] {
              merged({shard(0, 2), of_another.report("b")});
            }).find("settings/seed is 77"),
            std::string::npos);
  EXPECT_EQ(complaint([&] { merged({shard(0, 2), shard(0, 2)}); }), "shard1: expected another run than shard1");
  EXPECT_NE(complaint([&] {
              merged({shard(0, 2), shard(1, 3)});
            }).find("settings/shard/of is 3, but 2"),
            std::string::npos);
  Example again(7);
  again.settings.shard = {0, 2};
  again.settings.seed = 1;
  EXPECT_EQ(complaint([&] {
              merged({shard(0, 2), again.report("b")});
            }),
            "b: expected another shard than shard1's, which is 1, too");
  EXPECT_NE(complaint([&] {
              merged({shard(0, 2), Example(9).report("b")});
            }).find("settings/shard/of is absent"),
            std::string::npos);
}

TEST(Plan, MeasuringBeginsAtTheInstantThatWasAgreed) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = planned_run(server.url(), 20, 1ms);
  settings.connections = 3;
  const auto at = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()) + 2s;
  settings.at = at;
  const auto results = run_checked(settings);
  EXPECT_GE(WallTime(results.started_at), at);
  EXPECT_EQ(results.began_late, 0ns);
  EXPECT_TRUE(problems(settings, results).empty());
}

TEST(Plan, ARunThatIsNotReadyAtTheInstantSaysHowLateItBegan) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = planned_run(server.url(), 20, 1ms);
  settings.connections = 5;
  settings.ramp = 2;
  settings.at = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()) + 1s;
  const auto results = run_checked(settings);
  EXPECT_GE(results.began_late, 500ms);  // the fifth connection is due after 2 s
  const auto found = problems(settings, results);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found.front().find("after --at: it was not ready by then"), std::string::npos) << found.front();
  EXPECT_EQ(results.answered, 20U);
}

TEST(Plan, AnInstantThatHasPassedAndShardsWithNothingToDoAreRefused) {
  auto settings = short_run("tcp://127.0.0.1:7");
  settings.at = parse_wall_time("2001-09-09T01:46:40Z");
  EXPECT_NE(complaint([&] { check(settings); }).find("--at 2001-09-09T01:46:40Z: expected a time to come"),
            std::string::npos);
  settings.at.reset();
  settings.connections = 2;
  settings.shard = {0, 3};
  EXPECT_EQ(complaint([&] { check(settings); }), "--shard 1/3: expected at most 2 shards, one for each connection");
  settings.connections = 20;
  settings.rate = 2;
  settings.duration = 1s;
  EXPECT_EQ(complaint([&] { check(settings); }), "--shard 1/3: expected at most 2 shards, one for each message");
}

TEST(Shard, IsWrittenAsAFraction) {
  EXPECT_EQ(parse_shard("3/8"), (Share{2, 8}));
  EXPECT_EQ(to_string(Share{2, 8}), "3/8");
  for (const auto* bad : {"", "3", "/", "0/8", "9/8", "3/", "/8", "3/8/9", "-1/8", "1/100001", "a/b"}) {
    EXPECT_THROW(parse_shard(bad), std::invalid_argument) << bad;
  }
}

TEST(Shard, ItsPartsAreTheShard) {
  const Share shard{1, 3};
  std::map<std::uint64_t, int> seen;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto part = shard.part(i, 4);
    for (std::uint64_t n = 0; n < part.count(100); ++n) ++seen[part.item(n)];
  }
  EXPECT_EQ(seen.size(), shard.count(100));
  for (const auto& [item, count] : seen) {
    EXPECT_EQ(item % 3, 1U);
    EXPECT_EQ(count, 1);
  }
}

TEST(WallTime, IsReadAsPeopleAndMachinesWriteIt) {
  EXPECT_EQ(parse_wall_time("1700000000"), WallTime(1'700'000'000s));
  EXPECT_EQ(parse_wall_time("1700000000.25"), WallTime(1'700'000'000s + 250ms));
  EXPECT_EQ(parse_wall_time("2023-11-14T22:13:20Z"), WallTime(1'700'000'000s));
  EXPECT_EQ(parse_wall_time("2023-11-14T22:13:20.000000001Z"), WallTime(1'700'000'000s + 1ns));
  EXPECT_EQ(parse_wall_time("2024-02-29T00:00:00Z"), WallTime(1'709'164'800s));
  EXPECT_EQ(to_string(parse_wall_time("2023-11-14T22:13:20Z")), "2023-11-14T22:13:20Z");
  EXPECT_EQ(to_string(parse_wall_time("2023-11-14T22:13:20.5Z")), "2023-11-14T22:13:20.500Z");
  for (const auto* bad :
       {"", "now", "-5", "+5", "1e9", "17.", "12:00", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20+01:00",
        "2023-02-29T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z", "2023-11-14T22:13:60Z",
        "2023-11-14 22:13:20Z", "2023-11-14T22:13:20.Z", "1969-01-01T00:00:00Z", "9999999999"}) {
    EXPECT_THROW(parse_wall_time(bad), std::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace load::test
