#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include "reactor/timer.h"
#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

using eddy::Address;
using eddy::Bytes;
using eddy::DatagramSocket;

std::uint64_t sequence_of(Bytes datagram) {
  std::uint64_t sequence = 0;
  std::memcpy(&sequence, datagram.data(), sizeof sequence);
  return sequence;
}

void echo(DatagramSocket& socket, Bytes in, const Address& from) { socket.send_to(from, in); }

class DatagramRun : public testing::TestWithParam<const char*> {};

TEST_P(DatagramRun, AgainstARightServerEveryDatagramIsAccountedFor) {
  const TestServer server(free_url(GetParam()), echo);
  for (const std::size_t size : {16U, 17U, 1000U}) {
    auto settings = short_run(server.url());
    settings.connections = 5;
    settings.pipeline = 2;
    settings.size = size;
    settings.duration = 50ms;
    const auto results = run_checked(settings);
    EXPECT_TRUE(problems(settings, results).empty());
    EXPECT_EQ(results.connected, 5U);
    EXPECT_GE(results.sent, 10U);
    EXPECT_EQ(results.answered, results.sent);
    EXPECT_EQ(results.response.count(), results.sent);
    EXPECT_EQ(results.duplicated + results.reordered + results.late, 0U);
    EXPECT_EQ(results.bytes_out, results.sent * size);
  }
}

INSTANTIATE_TEST_SUITE_P(Transports, DatagramRun, kinds("udp", "unixgram"),
                         [](const auto& test) { return std::string(test.param); });

TEST(DatagramRun, DroppedOnesAreCountedExactlyAndReplaced) {
  std::atomic<std::uint64_t> dropped{0};
  const TestServer server(free_url("udp"), [&](DatagramSocket& socket, Bytes in, const Address& from) {
    sequence_of(in) % 10 == 0 ? void(++dropped) : echo(socket, in, from);
  });
  auto settings = short_run(server.url());
  settings.timeout = 100ms;
  settings.duration = 1s;
  const auto results = run_checked(settings);
  EXPECT_GE(results.lost, 2U);  // the closed model went on after the first
  EXPECT_EQ(results.lost, dropped);
  EXPECT_EQ(results.answered, results.sent - dropped);
  EXPECT_FALSE(problems(settings, results).empty());
  settings.allow_loss = true;
  EXPECT_TRUE(problems(settings, results).empty());
}

TEST(DatagramRun, DuplicatesAreCountedExactly) {
  const TestServer server(free_url("udp"), [](DatagramSocket& socket, Bytes in, const Address& from) {
    echo(socket, in, from);
    if (sequence_of(in) % 10 == 9) echo(socket, in, from);  // the last one, too
  });
  const auto settings = planned_run(server.url(), 100, 1ms);
  const auto results = run_checked(settings);
  EXPECT_EQ(results.answered, 100U);
  EXPECT_EQ(results.duplicated, 10U);
  EXPECT_EQ(results.response.count(), 100U);
  EXPECT_EQ(results.lost + results.reordered + results.late + results.corrupt, 0U);
  EXPECT_FALSE(problems(settings, results).empty());
}

TEST(DatagramRun, ReorderedOnesAreCountedExactly) {
  std::string kept;
  const TestServer server(free_url("udp"), [&](DatagramSocket& socket, Bytes in, const Address& from) {
    if (sequence_of(in) % 10 == 0) {
      kept = in.text();
      return;
    }
    echo(socket, in, from);
    if (!kept.empty()) socket.send_to(from, std::exchange(kept, {}));
  });
  const auto settings = planned_run(server.url(), 100, 1ms);
  const auto results = run_checked(settings);
  EXPECT_EQ(results.answered, 100U);
  EXPECT_EQ(results.reordered, 10U);
  EXPECT_EQ(results.lost + results.duplicated + results.late + results.corrupt, 0U);
  EXPECT_TRUE(problems(settings, results).empty());
}

TEST(DatagramRun, ALateAnswerTakesTheLossBackAndIsMeasured) {
  std::optional<eddy::Timer> later;
  std::string kept;
  Address sender;
  {
    const TestServer server(free_url("udp"), [&](DatagramSocket& socket, Bytes in, const Address& from) {
      if (sequence_of(in) != 10) return echo(socket, in, from);
      kept = in.text();
      sender = from;
      later.emplace(socket.loop(), [&] {
        socket.send_to(sender, kept);
        later.reset();  // not later than the loop
      });
      later->start(1200ms);
    });
    auto settings = planned_run(server.url(), 100, 20ms);
    settings.timeout = 600ms;
    const auto results = run_checked(settings);
    EXPECT_EQ(results.late, 1U);
    EXPECT_EQ(results.lost, 0U);
    EXPECT_EQ(results.answered, 100U);
    EXPECT_EQ(results.duplicated + results.reordered + results.corrupt, 0U);
    EXPECT_GE(results.response.max(), 1200ms);
    EXPECT_TRUE(problems(settings, results).empty());
  }
}

TEST(DatagramRun, AFlippedByteIsReportedWithDatagramAndOffset) {
  const TestServer server(free_url("udp"), [](DatagramSocket& socket, Bytes in, const Address& from) {
    std::string copy(in.text());
    if (sequence_of(in) == 7) copy[20] ^= 0x40;
    socket.send_to(from, copy);
  });
  const auto settings = planned_run(server.url(), 20, 1ms);
  const auto results = run_checked(settings);
  ASSERT_EQ(results.corrupt, 1U);
  const auto& found = results.corruptions.at(0);
  EXPECT_EQ(found.sequence, 7U);
  EXPECT_EQ(found.offset, 20U);
  ASSERT_TRUE(found.expected && found.got);
  EXPECT_EQ(*found.got, *found.expected ^ 0x40);
  EXPECT_EQ(results.answered, 19U);  // it was answered, wrongly: not lost
  EXPECT_EQ(results.lost, 0U);
}

TEST(DatagramRun, ATruncatedAnswerAndALongerOneAreCorrupt) {
  const TestServer server(free_url("udp"), [](DatagramSocket& socket, Bytes in, const Address& from) {
    const auto sequence = sequence_of(in);
    if (sequence == 3) return void(socket.send_to(from, in.first(40)));
    if (sequence == 5) return void(socket.send_to(from, std::string(in.text()) + "x"));
    echo(socket, in, from);
  });
  const auto settings = planned_run(server.url(), 20, 1ms);
  const auto results = run_checked(settings);
  ASSERT_EQ(results.corruptions.size(), 2U);
  EXPECT_EQ(results.corruptions[0].offset, 40U);
  EXPECT_FALSE(results.corruptions[0].got);
  EXPECT_EQ(results.corruptions[1].offset, 64U);
  EXPECT_FALSE(results.corruptions[1].expected);
  EXPECT_EQ(results.corruptions[1].got, 'x');
}

TEST(DatagramRun, AnAnswerWithAnImpossibleNumberLeavesItsMessageLost) {
  const TestServer server(free_url("udp"), [](DatagramSocket& socket, Bytes in, const Address& from) {
    std::string copy(in.text());
    if (sequence_of(in) == 4) copy[7] ^= 0x01;
    socket.send_to(from, copy);
  });
  auto settings = planned_run(server.url(), 10, 1ms);
  settings.timeout = 1s;
  const auto results = run_checked(settings);
  ASSERT_EQ(results.corrupt, 1U);
  EXPECT_EQ(results.corruptions[0].offset, 7U);
  EXPECT_EQ(results.lost, 1U);
  EXPECT_EQ(results.answered, 9U);
}

TEST(DatagramRun, NobodyThereIsOneLineThatSaysSo) {
  std::string url;
  { url = TestServer(free_url("udp"), echo).url(); }
  auto settings = short_run(url);
  settings.timeout = 100ms;
  settings.duration = 1h;  // ends long before
  try {
    run_checked(settings);
    FAIL() << "expected an error";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(url), std::string::npos) << text;
    EXPECT_NE(text.find("nobody answered"), std::string::npos) << text;
    EXPECT_NE(text.find("refused"), std::string::npos) << text;
  }
}

TEST(DatagramRun, ASilentPeerIsOneLineThatSaysSo) {
  const TestServer server(free_url("udp"), [](DatagramSocket&, Bytes, const Address&) {});
  auto settings = short_run(server.url());
  settings.timeout = 100ms;
  EXPECT_THROW(run_checked(settings), std::runtime_error);
}

}  // namespace
}  // namespace load::test
