#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>
#include <thread>

#include "run_fixture.h"
#include "test_server.h"
#include "tools/load/process.h"
#include "tools/load/stream_pattern.h"

namespace load::test {
namespace {

class StreamRun : public testing::TestWithParam<const char*> {};

TEST_P(StreamRun, AgainstARightServerNothingIsLostOrWrong) {
  const TestServer server(free_url(GetParam()), StreamBehaviour{});
  for (const std::size_t size : {1U, 64U, 100000U}) {
    for (const std::size_t pipeline : {1U, 16U}) {
      auto settings = short_run(server.url());
      settings.connections = 10;
      settings.size = size;
      settings.pipeline = pipeline;
      settings.duration = 50ms;
      const auto results = run_checked(settings);
      EXPECT_TRUE(problems(settings, results).empty());
      EXPECT_EQ(results.connected, 10U);
      EXPECT_GE(results.sent, 10 * pipeline);
      EXPECT_EQ(results.answered, results.sent);
      EXPECT_EQ(results.response.count(), results.sent);
      EXPECT_EQ(results.bytes_out, results.sent * size);
      EXPECT_EQ(results.bytes_in, results.sent * size);
      EXPECT_GE(results.elapsed, 50ms);
    }
  }
}

TEST_P(StreamRun, TheOpenModelSendsExactlyItsSchedule) {
  const TestServer server(free_url(GetParam()), StreamBehaviour{});
  auto settings = planned_run(server.url(), 200, 1ms);
  settings.connections = 3;
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.sent, 200U);
  EXPECT_EQ(results.answered, 200U);
  EXPECT_EQ(results.send_lag.count(), 200U);
  // From the planned instant: never less than the lag that is a part of it.
  EXPECT_GE(results.response.min(), results.send_lag.min());
}

TEST_P(StreamRun, ManyConnectionsOpenAndCloseInOrder) {
  const TestServer server(free_url(GetParam()), StreamBehaviour{});
  auto settings = short_run(server.url());
  settings.connections = 600;              // more than are opened at a time
  need_sockets(2 * settings.connections);  // the server is in this process, too
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.connected, 600U);
}

INSTANTIATE_TEST_SUITE_P(Transports, StreamRun, kinds("tcp", "unix"),
                         [](const auto& test) { return std::string(test.param); });

TEST(StreamRun, AScheduleWithPausesAsLongAsTheTimeoutIsNoSilence) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = planned_run(server.url(), 40, 25ms);
  settings.connections = 4;
  settings.timeout = 100ms;  // each connection's turn comes every 100 ms
  const auto results = run_checked(settings);
  EXPECT_EQ(results.answered, 40U);
  EXPECT_TRUE(problems(settings, results).empty());
}

TEST(StreamRun, ARateThatCannotBeKeptEndsAfterTheGraceAndIsReported) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = short_run(server.url());
  settings.rate = 1e9;
  settings.duration = 100ms;
  settings.grace = 200ms;
  const auto results = run_checked(settings);
  EXPECT_GT(results.unsent, 0U);
  EXPECT_EQ(results.sent + results.unsent, 100'000'000U);
  EXPECT_FALSE(problems(settings, results).empty());
}

// Echoes, with one bit of the byte at `offset` of connection `of` the other way round.
StreamBehaviour flipping(std::uint64_t offset, int of) {
  StreamBehaviour behaviour;
  behaviour.on_data = [=](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int number) {
    std::string copy(in.text());
    if (number == of && offset >= before && offset < before + in.size())
      copy[static_cast<std::size_t>(offset - before)] ^= 1;
    peer.send(copy);
  };
  return behaviour;
}

TEST(StreamRun, AFlippedByteIsReportedAtItsExactOffset) {
  for (const std::uint64_t offset : {0U, 7U, 64U, 1003U, 200001U}) {
    const TestServer server(free_url("tcp"), flipping(offset, 0));
    auto settings = short_run(server.url());
    settings.size = 1000;
    settings.pipeline = 3;
    settings.seed = 42;
    settings.duration = 60s;  // the run ends because its only connection does
    const auto results = run_checked(settings);
    ASSERT_EQ(results.corrupt, 1U);
    const auto& found = results.corruptions.at(0);
    const auto expected = std::to_integer<std::uint8_t>(StreamPattern(42, 0).at(offset));
    EXPECT_EQ(found.connection, 0U);
    EXPECT_EQ(found.offset, offset);
    EXPECT_EQ(found.expected, expected);
    EXPECT_EQ(found.got, expected ^ 1);
    EXPECT_FALSE(found.sequence);
    EXPECT_EQ(results.answered, offset / 1000);
    EXPECT_EQ(results.sent, results.answered + results.lost);
    EXPECT_FALSE(problems(settings, results).empty());
  }
}

TEST(StreamRun, ACorruptConnectionDoesNotDisturbTheOthers) {
  const TestServer server(free_url("tcp"), flipping(5, 2));
  auto settings = short_run(server.url());
  settings.connections = 5;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.corrupt, 1U);
  EXPECT_EQ(results.lost, 1U);
  EXPECT_EQ(results.answered, results.sent - 1);
  EXPECT_GE(results.answered, 4U);
}

TEST(StreamRun, AServerThatClosesEarlyLosesWhatWasOutstanding) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    peer.send(in.first(before < 100 ? 100 - static_cast<std::size_t>(before) : 0));
    if (before + in.size() >= 100) peer.close();
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = short_run(server.url());
  settings.size = 64;
  settings.pipeline = 4;
  settings.duration = 60s;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.answered, 1U);  // of the second only 36 bytes came
  EXPECT_EQ(results.sent, 5U);
  EXPECT_EQ(results.lost, 4U);
  EXPECT_EQ(results.errors, (ErrorCounts{{"the server closed the connection", 1}}));
}

TEST(StreamRun, AResetIsCountedByKind) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes, std::uint64_t, int) { peer.abort(); };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = short_run(server.url());
  settings.connections = 3;
  settings.duration = 60s;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.lost, 3U);
  EXPECT_EQ(results.errors, (ErrorCounts{{"Connection reset by peer", 3}}));
}

TEST(StreamRun, BytesThatNobodyAskedForAreSurplus) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    peer.send(in);
    if (before + in.size() == 640) peer.send("x");
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = short_run(server.url());
  settings.duration = 60s;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.surplus, 1U);
  EXPECT_EQ(results.corrupt, 0U);
  EXPECT_EQ(results.answered, 10U);
  EXPECT_FALSE(problems(settings, results).empty());
}

TEST(StreamRun, SurplusAfterTheLastAnswerIsFoundToo) {
  StreamBehaviour behaviour;
  behaviour.on_end = [](eddy::Connection& peer) {
    peer.send("x");
    peer.finish();
  };
  const TestServer server(free_url("tcp"), behaviour);
  const auto settings = planned_run(server.url(), 5, 1ms);
  const auto results = run_checked(settings);
  EXPECT_EQ(results.answered, 5U);
  EXPECT_EQ(results.surplus, 1U);
}

TEST(StreamRun, AServerThatDoesNotAnswerIsGivenUpAfterTheTimeout) {
  StreamBehaviour silent;
  silent.on_data = [](eddy::Connection&, eddy::Bytes, std::uint64_t, int) {};
  const TestServer server(free_url("tcp"), silent);
  auto settings = short_run(server.url());
  settings.pipeline = 2;
  settings.timeout = 100ms;
  settings.duration = 60s;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.sent, 2U);
  EXPECT_EQ(results.lost, 2U);
  EXPECT_EQ(results.errors, (ErrorCounts{{"no answer for 100 ms", 1}}));
}

TEST(StreamRun, WhatWaitedInTheClientUntilTheEndWasNotSent) {
  StreamBehaviour silent;
  silent.on_data = [](eddy::Connection&, eddy::Bytes, std::uint64_t, int) {};
  const TestServer server(free_url("tcp"), silent);
  auto settings = short_run(server.url());
  settings.rate = 1000;
  settings.pipeline = 1;
  settings.duration = 200ms;
  settings.grace = 100ms;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.sent, 1U);
  EXPECT_EQ(results.lost, 1U);
  EXPECT_EQ(results.unsent, 199U);
  EXPECT_EQ(results.send_lag.count(), 1U);
}

TEST(StreamRun, TheTimeoutIsNotTakenTwice) {
  StreamBehaviour silent;
  silent.on_data = [](eddy::Connection&, eddy::Bytes, std::uint64_t, int) {};
  const TestServer server(free_url("tcp"), silent);
  // Many and long ones, so that the loop's turn is a long one: what is due in its course is younger than the silence.
  auto settings = short_run(server.url());
  settings.connections = 300;
  settings.size = 100'000;
  settings.timeout = 2s;
  settings.duration = 60s;
  need_sockets(2 * settings.connections);
  const auto results = run_checked(settings);
  EXPECT_EQ(results.lost, 300U);
  EXPECT_EQ(results.errors, (ErrorCounts{{"no answer for 2.00 s", 300}}));
  EXPECT_GE(results.elapsed, 2s);
  EXPECT_LT(results.elapsed, 3500ms);
}

TEST(StreamRun, WhatIsUnansweredAfterTheGraceIsLost) {
  StreamBehaviour silent;
  silent.on_data = [](eddy::Connection&, eddy::Bytes, std::uint64_t, int) {};
  const TestServer server(free_url("tcp"), silent);
  auto settings = planned_run(server.url(), 7, 1ms);
  settings.grace = 50ms;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.sent, 7U);
  EXPECT_EQ(results.lost, 7U);
  EXPECT_TRUE(results.errors.empty());
}

TEST(StreamRun, MessagesDueOnAConnectionThatEndedAreCountedUnsent) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t, int number) {
    number == 0 ? void(peer.close()) : void(peer.send(in));
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = planned_run(server.url(), 200, 2ms);
  settings.connections = 2;
  const auto results = run_checked(settings);
  EXPECT_EQ(results.sent + results.unsent, 200U);
  EXPECT_EQ(results.answered, 100U);
  EXPECT_GE(results.unsent, 1U);
  EXPECT_GE(results.lost, 1U);
}

TEST(StreamRun, AStallOfTheServerIsInTheLatencyOfTheOpenModel) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    if (before == 0) std::this_thread::sleep_for(500ms);
    peer.send(in);
  };
  const TestServer server(free_url("tcp"), behaviour);
  const auto settings = planned_run(server.url(), 500, 2ms);
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.answered, 500U);
  EXPECT_GE(results.response.max(), 500ms);
  // Of 1 s the server slept 500 ms: a quarter of the messages was due in its first half, and waited 250 ms or more.
  EXPECT_GE(results.response.percentile(75.5), 250ms);
}

TEST(StreamRun, OutputThatIsHeldBackKeepsItsPlannedTimeAndArrivesWhole) {
  if (!eddy::test::has_unix_sockets()) GTEST_SKIP() << "no Unix sockets here";
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    if (before == 0) std::this_thread::sleep_for(300ms);
    peer.send(in);
  };
  const TestServer server(free_url("unix"), behaviour);
  auto settings = planned_run(server.url(), 100, 2ms);
  settings.size =
      120000;  // 12 MB: far more than the high mark while the server sleeps, and less than its own output cap
  const auto results = run_checked(settings);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_EQ(results.answered, 100U);
  EXPECT_EQ(results.send_lag.count(), 100U);
  EXPECT_GT(results.held_back, 0U);
  EXPECT_GE(results.send_lag.max(), 50ms);
}

TEST(StreamRun, NoConnectionAtAllIsOneLineThatNamesTheUrl) {
  std::string url;
  { url = TestServer(free_url("tcp"), StreamBehaviour{}).url(); }
  auto settings = short_run(url);
  settings.connections = 3;
  try {
    run_checked(settings);
    FAIL() << "expected an error";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(url), std::string::npos) << text;
    EXPECT_NE(text.find("refused"), std::string::npos) << text;
    EXPECT_NE(text.find("3 of 3"), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
}

TEST(StreamRun, ConnectionsThatTheServerTurnsAwayAreCountedAndTheOthersMeasured) {
  const TestServer server(free_url("tcp"), StreamBehaviour{}, {.max_connections = 5});
  auto settings = short_run(server.url());
  settings.connections = 8;
  const auto results = run_checked(settings);
  std::uint64_t errors = 0;
  for (const auto& [kind, count] : results.errors) errors += count;
  for (const auto& [kind, count] : results.connect_failures) errors += count;
  EXPECT_EQ(errors, 3U);
  EXPECT_GE(results.answered, 5U);
  EXPECT_FALSE(problems(settings, results).empty());
}

TEST(StreamRun, ASignalEndsTheRunEarlyAndLosesNothing) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    if (before == 640) std::raise(SIGINT);
    peer.send(in);
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = short_run(server.url());
  settings.duration = 1h;
  const auto results = run_checked(settings);
  EXPECT_TRUE(results.interrupted);
  EXPECT_TRUE(problems(settings, results).empty());
  EXPECT_GE(results.answered, 11U);
  EXPECT_LT(results.elapsed, 1h);
}

TEST(StreamRun, WhatWasDueWhenASignalCameAndIsNotSentIsCounted) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    if (before == 0) {
      std::this_thread::sleep_for(100ms);
      std::raise(SIGINT);
    }
    peer.send(in);
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = short_run(server.url());
  settings.rate = 1e9;
  settings.size = 1;
  settings.duration = 1h;
  settings.grace = 200ms;
  const auto results = run_checked(settings);
  EXPECT_TRUE(results.interrupted);
  EXPECT_GE(results.sent + results.unsent, 100'000'000U);
  EXPECT_LE(results.sent + results.unsent, static_cast<std::uint64_t>(results.elapsed.count()) + 1);
}

TEST(StreamRun, ASecondSignalEndsItAtOnce) {
  StreamBehaviour behaviour;
  behaviour.on_data = [](eddy::Connection& /*peer*/, eddy::Bytes, std::uint64_t, int) {
    std::raise(SIGINT);
    std::this_thread::sleep_for(100ms);  // two signals at once count as one
    std::raise(SIGINT);
  };
  const TestServer server(free_url("tcp"), behaviour);
  auto settings = short_run(server.url());
  settings.duration = settings.grace = settings.timeout.emplace(1h);
  const auto results = run_checked(settings);
  EXPECT_TRUE(results.interrupted);
  EXPECT_EQ(results.sent, 1U);
  EXPECT_EQ(results.lost, 1U);
}

}  // namespace
}  // namespace load::test
