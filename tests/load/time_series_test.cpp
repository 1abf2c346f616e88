#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

Histogram random_histogram(std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(3, 24);
  Histogram histogram;
  for (int i = 0; i < 5000; ++i) {
    histogram.record(eddy::Duration(static_cast<eddy::Duration::rep>(std::exp(exponent(random)))));
  }
  return histogram;
}

TEST(SparseHistogram, AHistogramComesBackAsItWas) {
  for (const auto& histogram : {Histogram(), random_histogram(1)}) {
    Histogram back;
    back.add(histogram.sparse());
    EXPECT_EQ(back, histogram);
  }
}

TEST(SparseHistogram, MergingEqualsMergingTheHistograms) {
  auto whole = random_histogram(1);
  auto sparse = whole.sparse();
  for (const auto& other : {random_histogram(2), Histogram(), random_histogram(3)}) {
    whole.merge(other);
    sparse.merge(other.sparse());
    EXPECT_EQ(sparse, whole.sparse());
  }
  SparseHistogram into_empty;
  into_empty.merge(sparse);
  EXPECT_EQ(into_empty, sparse);
}

TEST(SparseHistogram, AnswersWhatTheHistogramAnswers) {
  const auto histogram = random_histogram(4);
  const auto sparse = histogram.sparse();
  for (const double percent : {0.0, 1.0, 50.0, 99.0, 99.99, 100.0}) {
    EXPECT_EQ(sparse.percentile(percent), histogram.percentile(percent)) << percent;
  }
  EXPECT_EQ(sparse.mean(), histogram.mean());
  EXPECT_EQ(SparseHistogram().percentile(99), 0ns);
  EXPECT_EQ(SparseHistogram().mean(), 0ns);
}

TEST(Histogram, ClearedItIsAsNew) {
  auto histogram = random_histogram(5);
  histogram.clear();
  EXPECT_EQ(histogram, Histogram());
}

TEST(Histogram, KnowsTheUpperEndsOfItsBuckets) {
  EXPECT_TRUE(Histogram::is_upper_end(0));
  EXPECT_TRUE(Histogram::is_upper_end(2047));
  EXPECT_FALSE(Histogram::is_upper_end(2048));
  EXPECT_TRUE(Histogram::is_upper_end(2049));
  EXPECT_FALSE(Histogram::is_upper_end(std::uint64_t{1} << 63));
}

struct Sums {
  std::uint64_t sent = 0;
  std::int64_t lost = 0;
  std::uint64_t errors = 0;
  eddy::Duration send_lag_max{0};
  Histogram response;
};

Sums sums(const std::vector<Interval>& series) {
  Sums all;
  for (const auto& each : series) {
    all.sent += each.sent;
    all.lost += each.lost;
    all.errors += each.errors;
    all.send_lag_max = std::max(all.send_lag_max, each.send_lag_max);
    all.response.add(each.response);
  }
  return all;
}

class TimeSeries : public testing::TestWithParam<const char*> {};

TEST_P(TimeSeries, ItsIntervalsTogetherAreTheRun) {
  const TestServer server =
      GetParam() == std::string("tcp")
          ? TestServer(free_url("tcp"), StreamBehaviour{})
          : TestServer(free_url("udp"), [](eddy::DatagramSocket& socket, eddy::Bytes in, const eddy::Address& from) {
              socket.send_to(from, in);
            });
  for (const bool open : {false, true}) {
    auto settings = planned_run(server.url(), 100, 2ms);
    if (!open) settings.rate.reset();
    settings.outputs.interval = 30ms;
    settings.allow_loss = GetParam() == std::string("udp");
    const auto results = run_checked(settings);
    const auto all = sums(results.series);
    EXPECT_EQ(all.sent, results.sent);
    EXPECT_EQ(all.lost, static_cast<std::int64_t>(results.lost));
    EXPECT_EQ(all.response, results.response);
    EXPECT_EQ(all.send_lag_max, results.send_lag.max());
    ASSERT_GE(results.series.size(), 200U / 30 - 1);
    for (std::size_t i = 0; i < results.series.size(); ++i) {
      EXPECT_EQ(results.series[i].start, i * results.interval);
      EXPECT_GT(results.series[i].length, 0ns);
      EXPECT_LE(results.series[i].length, results.interval * 11 / 10);
    }
    const auto& last = results.series.back();
    EXPECT_GE(last.start + last.length, results.elapsed);
  }
}

INSTANTIATE_TEST_SUITE_P(Transports, TimeSeries, testing::Values("tcp", "udp"),
                         [](const auto& test) { return std::string(test.param); });

TEST(TimeSeries, ErrorsAndLossAreInTheIntervalTheyFellInto) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    before + in.size() >= 10 * 64 ? void(peer.abort()) : void(peer.send(in));
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = planned_run(server.url(), 20, 10ms);
  settings.outputs.interval = 20ms;
  const auto results = run_checked(settings);
  ASSERT_EQ(total(results.errors), 1U);
  const auto all = sums(results.series);
  EXPECT_EQ(all.errors, 1U);
  EXPECT_EQ(all.lost, static_cast<std::int64_t>(results.lost));
  EXPECT_EQ(results.series.front().errors, 0U);
}

TEST(TimeSeries, AnIntervalTooShortForTheRunIsRefused) {
  auto settings = short_run("tcp://127.0.0.1:1");
  settings.duration = 1h;
  settings.outputs.interval = 1ms;
  EXPECT_THROW(check(settings), std::invalid_argument);
  settings.outputs.interval = 1s;
  EXPECT_NO_THROW(check(settings));
}

TEST(TimeSeries, LongRunsHaveLongerIntervals) {
  const Outputs outputs;
  EXPECT_EQ(outputs.interval_or_default(100ms), 1s);
  EXPECT_EQ(outputs.interval_or_default(1000s), 1s);
  EXPECT_EQ(outputs.interval_or_default(24h), 87s);
}

}  // namespace
}  // namespace load::test
