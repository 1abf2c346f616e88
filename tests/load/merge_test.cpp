#include <gtest/gtest.h>
#include <tools/load/output/compare.h>
#include <tools/load/output/merge.h>

#include "example_run.h"

namespace load::test {
namespace {

constexpr double noon = 1'700'000'000;

TEST(Merge, HistogramsAndCountsAreTheSumsExactly) {
  const Example a(1);
  const Example b(2, 4, noon + 0.2);
  const Example c(3, 4, noon + 0.1);
  const auto all = run_report("all", merged({a.report("a"), b.report("b"), c.report("c")}));
  auto response = a.results.response;
  response.merge(b.results.response);
  response.merge(c.results.response);
  EXPECT_EQ(all.response, response.sparse());
  EXPECT_EQ(all.count("/response_ns/p99"), static_cast<std::uint64_t>(response.percentile(99).count()));
  EXPECT_EQ(all.count("/messages/sent"), 1200U);
  EXPECT_EQ(all.count("/settings/connections"), 150U);
  EXPECT_EQ(all.number("/settings/rate"), 300);
  EXPECT_TRUE(all.at("/settings/seed").is_null());
  EXPECT_NEAR(all.number("/elapsed_s"), 4.2, 1e-6);
  EXPECT_NEAR(all.number("/throughput/messages_per_s"), 1200 / 4.2, 1e-3);
  EXPECT_NEAR(all.number("/cpu_s/user"), 0.12, 1e-9);
  EXPECT_EQ(all.at("/runs").size(), 3U);
  EXPECT_EQ(all.at("/ok"), true);
}

TEST(Merge, TheSameReportTwiceIsRefused) {
  const Example a;
  EXPECT_NE(complaint([&] {
              merged({a.report("a"), a.report("again")});
            }).find("again: expected another run than a"),
            std::string::npos);
}

TEST(Merge, ARunThatEddyLoadLimitedMarksTheWhole) {
  const Example a(1);
  auto limited = Example(2).report("b");
  limited.json["verdict"] = {{"limited_by_itself", true}, {"why", "too slow"}};
  const auto all = run_report("all", merged({a.report("a"), limited}));
  EXPECT_EQ(all.limited(), "b: too slow");
  EXPECT_NE(merge_summary(all).find("b: too slow"), std::string::npos);
  EXPECT_NE(comparison(a.report("a"), limited).find("too slow"), std::string::npos);
}

TEST(Merge, TheSeriesLieOneUponTheOtherByTheClock) {
  const Example a(1, 4, noon + 2.1);
  const Example b(2, 4, noon);
  const auto all = run_report("all", merged({a.report("a"), b.report("b")}));
  ASSERT_EQ(all.series.size(), 6U);
  for (const std::size_t i : {0U, 1U}) EXPECT_EQ(all.series[i], b.results.series[i]);
  auto both = b.results.series[2].response;
  both.merge(a.results.series[0].response);
  EXPECT_EQ(all.series[2].response, both);
  EXPECT_EQ(all.series[2].sent, 200U);
  EXPECT_EQ(all.series[2].start, std::chrono::seconds(2));
  EXPECT_EQ(all.series[5].response, a.results.series[3].response);
  SparseHistogram sum;
  for (const auto& each : all.series) sum.merge(each.response);
  EXPECT_EQ(sum, all.response);
}

TEST(Merge, WhatWentWrongIsKeptWithTheRunItWentWrongIn) {
  Example a;
  a.results.lost = 2;
  a.results.errors["reset"] = 1;
  Example b(2);
  b.results.errors["reset"] = 2;
  b.results.errors["refused"] = 1;
  b.results.corrupt = 1;
  b.results.corruptions.push_back({3, {}, 7, std::uint8_t{1}, std::uint8_t{2}});
  const auto all = run_report("all", merged({a.report("a"), b.report("b")}));
  EXPECT_EQ(all.at("/ok"), false);
  EXPECT_EQ(all.at("/problems/0"), "a: 2 messages lost");
  EXPECT_EQ(all.count("/errors/reset"), 3U);
  EXPECT_EQ(all.count("/errors/refused"), 1U);
  EXPECT_EQ(all.count("/corrupt/count"), 1U);
  EXPECT_EQ(all.at("/corrupt/first/0/run"), "b");
  EXPECT_EQ(all.all_errors(), 2U + 4U + 1U);
}

TEST(Merge, AMergedRunCanBeMergedAgain) {
  const auto ab = run_report("ab", merged({Example(1).report("a"), Example(2).report("b")}));
  const auto abc = run_report("abc", merged({ab, Example(3).report("c")}));
  const auto at_once =
      run_report("all", merged({Example(1).report("a"), Example(2).report("b"), Example(3).report("c")}));
  EXPECT_EQ(abc.response, at_once.response);
  EXPECT_EQ(abc.series, at_once.series);
}

TEST(Merge, RunsThatDifferInWhatMattersAreRefusedWithTheReason) {
  const auto with = [](auto change, double start = noon) {
    return complaint([&] {
      Example other(2, 4, start);
      change(other);
      merged({Example().report("a"), other.report("b")});
    });
  };
  EXPECT_EQ(with([](Example&) {}), "nothing");
  EXPECT_EQ(with([](Example& b) { b.settings.size = 128; }),
            "b: settings/size is 128, but 64 in a: expected runs of the same kind");
  EXPECT_EQ(with([](Example& b) { b.settings.rate.reset(); }),
            "b: settings/model is \"closed\", but \"open\" in a: expected runs of the same kind");
  EXPECT_EQ(with([](Example& b) { b.settings.outputs.interval = std::chrono::seconds(2); }),
            "b: settings/interval_s is 2.0, but 1.0 in a: expected runs of the same kind");
  EXPECT_EQ(with([](Example&) {}, noon + 60), "b: expected a run at the same time as a, which began 60.000 s before");
}

TEST(Merge, TheServersCpuTimeIsNotCountedTwice) {
  Example a;
  Example b(2);
  a.results.server_cpu = CpuTime{.user = std::chrono::seconds(1), .system = {}};
  EXPECT_EQ(merged({a.report("a"), b.report("b")})["server_cpu_s"]["user"], 1.0);
  b.results.server_cpu = a.results.server_cpu;
  EXPECT_TRUE(merged({a.report("a"), b.report("b")})["server_cpu_s"].is_null());
}

class Compare : public testing::Test {
 protected:
  Compare() {
    before.results.response = after.results.response = {};
    for (int i = 1; i <= 1000; ++i) before.results.response.record(eddy::Duration(1'000'000));
    for (int i = 1; i <= 1000; ++i) after.results.response.record(eddy::Duration(1'100'000));
    after.results.errors["reset"] = 3;
    after.results.answered = 200;
    first = before.report("a");
    second = after.report("b");
  }

  std::string held(const std::string& condition) const { return Condition(condition).held(first, second); }

  Example before;
  Example after;
  RunReport first;
  RunReport second;
};

TEST_F(Compare, AConditionHoldsExactlyBeyondItsLimit) {
  for (const auto* figure : {"p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"}) {
    const std::string name(figure);
    EXPECT_NE(held(name + ">+9%"), "") << name;
    EXPECT_EQ(held(name + ">+11%"), "") << name;
    EXPECT_EQ(held(name + "<-5%"), "") << name;
    EXPECT_NE(held(name + ">1.09ms"), "") << name;
    EXPECT_EQ(held(name + ">1.2ms"), "") << name;
    EXPECT_NE(held(name + "<1.2ms"), "") << name;
    EXPECT_EQ(held(name + "<1ms"), "") << name;
  }
  EXPECT_NE(held("throughput<-49%"), "");
  EXPECT_EQ(held("throughput<-51%"), "");
  EXPECT_NE(held("throughput<51"), "");
  EXPECT_EQ(held("throughput>51"), "");
  EXPECT_NE(held("errors>0"), "");
  EXPECT_NE(held("errors>+10%"), "");  // there was none
  EXPECT_EQ(held("errors>3"), "");
  EXPECT_EQ(held("cpu>+1%"), "");
  EXPECT_NE(held("cpu>1us"), "");
}

TEST_F(Compare, AConditionThatHoldsNamesItselfAndTheFigures) {
  EXPECT_EQ(held("max>+9%"), "max>+9%: it was 1.00 ms and is 1.10 ms, +10.0 %");
  EXPECT_EQ(held("errors>0"), "errors>0: it is 3");
}

TEST_F(Compare, AConditionThatIsNoneIsRefused) {
  for (const auto* text : {"p99", "p98>+5%", "p99>", "p99>5%", "p99>+%", "p99>much", "errors>-1", ">+5%", "p99>+5"}) {
    const auto why = complaint([&] { Condition condition(text); });
    EXPECT_EQ(why.find(std::string("--fail-if ") + text + ": expected "), 0U) << why;
  }
}

TEST_F(Compare, AFigureThatARunDoesNotHaveIsNamed) {
  EXPECT_EQ(complaint([&] { held("server-cpu>+5%"); }), "--fail-if server-cpu>+5%: b has no server-cpu");
}

TEST_F(Compare, TheTableHasBothAndTheDifference) {
  after.settings.size = 128;
  const auto text = comparison(before.report("a"), after.report("b"));
  EXPECT_NE(text.find("  max                  1.00 ms       1.10 ms     +10.0 %\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  errors                     0             3         new\n"), std::string::npos) << text;
  EXPECT_NE(text.find("size: 64, 128"), std::string::npos) << text;
}

}  // namespace
}  // namespace load::test
