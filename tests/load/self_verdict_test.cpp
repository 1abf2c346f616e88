#include <gtest/gtest.h>
#include <tools/load/json_report.h>
#include <tools/load/report.h>
#include <tools/load/self_verdict.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace load {
namespace {

using namespace std::chrono_literals;

// A run of one second of which each message took `response`, and this program was late by `lag`.
Results lasting_a_second(eddy::Duration cpu, eddy::Duration response, eddy::Duration lag) {
  Results results;
  results.sent = results.answered = 1000;
  results.elapsed = 1s;
  results.cpu = {.user = cpu, .system = 0ms};
  for (int i = 0; i < 1000; ++i) {
    results.response.record(response);
    results.own_lag.record(lag);
  }
  return results;
}

Settings model(bool open) {
  Settings settings;
  settings.url = "tcp://127.0.0.1:7";
  if (open) settings.rate = 1000;
  return settings;
}

TEST(SelfVerdict, AClosedRunThatNeverWaitedIsLimitedByTheGenerator) {
  EXPECT_EQ(why_limited(model(false), lasting_a_second(900ms, 100us, 0ms)), "");
  EXPECT_NE(why_limited(model(false), lasting_a_second(960ms, 100us, 0ms)), "");
}

TEST(SelfVerdict, TheCpuIsSharedByTheLoops) {
  auto results = lasting_a_second(1500ms, 100us, 0ms);
  EXPECT_NE(why_limited(model(false), results), "");
  results.loops = 2;
  EXPECT_EQ(why_limited(model(false), results), "");
  EXPECT_DOUBLE_EQ(own_cpu_share(results), 0.75);
}

TEST(SelfVerdict, AnOpenRunIsLimitedByItsOwnLagAndNotByTheCpuAlone) {
  EXPECT_EQ(why_limited(model(true), lasting_a_second(990ms, 5ms, 300us)), "");
  const auto late = why_limited(model(true), lasting_a_second(990ms, 5ms, 2ms));
  EXPECT_NE(late.find("late itself, p99 2.00 ms"), std::string::npos) << late;
}

TEST(SelfVerdict, AStalledServerDoesNotMakeTheGeneratorLookSlow) {
  auto results = lasting_a_second(300ms, 2s, 5ms);
  results.held_back = 500;
  for (int i = 0; i < 1000; ++i) results.send_lag.record(1s);
  EXPECT_EQ(why_limited(model(true), results), "");
}

TEST(SelfVerdict, MessagesThatWereNeverReachedAreTheGeneratorsFault) {
  auto results = lasting_a_second(950ms, 5ms, 0ms);
  results.unsent = results.unreached = 1'000'000;
  EXPECT_NE(why_limited(model(true), results).find("1,000,000 messages"), std::string::npos);
}

TEST(SelfVerdict, TooShortARunIsNotJudged) {
  auto results = lasting_a_second(990ms, 5ms, 2ms);
  results.answered = 99;
  EXPECT_EQ(why_limited(model(true), results), "");
}

TEST(SelfVerdict, TheReportPrintsNoFigureAsTheServersAndSaysWhyInOneLine) {
  const auto limited = report(model(false), lasting_a_second(990ms, 5ms, 0ms));
  EXPECT_NE(limited.find("MB/s in  (limited by eddy-load itself)\n"), std::string::npos) << limited;
  EXPECT_NE(limited.find("times         limited by eddy-load itself, not the server's:\n"), std::string::npos)
      << limited;
  EXPECT_NE(limited.find("\nlimited by eddy-load itself: it used 99 % of a core"), std::string::npos) << limited;
  const auto honest = report(model(false), lasting_a_second(500ms, 5ms, 0ms));
  EXPECT_EQ(honest.find("limited"), std::string::npos) << honest;
}

TEST(SelfVerdict, IsInTheJsonReport) {
  auto json = nlohmann::json::parse(json_report(model(false), lasting_a_second(990ms, 5ms, 0ms)));
  EXPECT_EQ(json["verdict"]["limited_by_itself"], true);
  EXPECT_DOUBLE_EQ(json["verdict"]["own_cpu_share"].get<double>(), 0.99);
  json = nlohmann::json::parse(json_report(model(true), lasting_a_second(500ms, 5ms, 30us)));
  EXPECT_EQ(json["verdict"]["limited_by_itself"], false);
  EXPECT_TRUE(json["verdict"]["why"].is_null());
  EXPECT_EQ(json["verdict"]["own_lag_ns"]["max"], 30000);
}

TEST(LoopLag, CountsWhatWasBetweenTwoLooksAlone) {
  eddy::LagHistogram before;
  before.add(1s);
  auto after = before;
  for (int i = 0; i < 100; ++i) after.add(1us);
  EXPECT_EQ(LoopLag().percentile(99), 0ns);
  EXPECT_EQ(LoopLag(before, after).percentile(100), 1023ns);
  LoopLag merged(before, after);
  merged.merge(LoopLag(eddy::LagHistogram(), before));
  EXPECT_EQ(merged.percentile(99), 1023ns);
  EXPECT_GE(merged.percentile(100), 1s);
}

}  // namespace
}  // namespace load
