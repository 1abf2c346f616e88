#include <gtest/gtest.h>
#include <tools/load/stream_pattern.h>

#include <string>

#include "run_fixture.h"
#include "test_server.h"

namespace load::test {
namespace {

Settings frames_run(const std::string& url) {
  auto settings = short_run(url);
  settings.protocol = Protocol::frames;
  return settings;
}

// Echoes, with the byte at `offset` another one.
StreamBehaviour spoiling(std::uint64_t offset) {
  return {.on_data = [=](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
    std::string copy(in.text());
    if (offset >= before && offset < before + in.size()) copy[static_cast<std::size_t>(offset - before)] ^= 1;
    peer.send(copy);
  }};
}

TEST(FramesRun, EveryPrefixComesBackRight) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  for (const std::size_t prefix : {1U, 2U, 4U, 8U}) {
    for (const bool little : {false, true}) {
      for (const std::size_t size : {0U, 1U, 200U}) {
        auto settings = frames_run(server.url());
        settings.frames.prefix = prefix;
        settings.frames.little_endian = little;
        settings.size = size;
        settings.connections = 3;
        settings.pipeline = 7;
        settings.duration = 20ms;
        const auto results = run_checked(settings);
        EXPECT_EQ(problems(settings, results), std::vector<std::string>());
        EXPECT_GE(results.answered, 21U);
        EXPECT_EQ(results.bytes_in, results.answered * (prefix + size));
      }
    }
  }
}

TEST(FramesRun, FramesOfManySizesAndLongOnesComeBackRight) {
  const TestServer server(free_url("tcp"), StreamBehaviour{});
  auto settings = frames_run(server.url());
  settings.size = 0;
  settings.frames.max = 200'000;
  settings.pipeline = 4;
  const auto results = run_checked(settings);
  EXPECT_EQ(problems(settings, results), std::vector<std::string>());
  EXPECT_GE(results.answered, 4U);
}

TEST(FramesRun, TheLengthIsWrittenAsAsked) {
  const auto first_bytes = [](std::size_t prefix, bool little) {
    std::string seen;
    const TestServer server(free_url("tcp"),
                            {.on_data = [&](eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int) {
                              if (before == 0) seen = in.first(prefix).text();
                              peer.send(in);
                            }});
    auto settings = frames_run(server.url());
    settings.frames.prefix = prefix;
    settings.frames.little_endian = little;
    settings.size = 0x12;
    run_checked(settings);
    return seen;
  };
  EXPECT_EQ(first_bytes(1, false), std::string("\x12"));
  EXPECT_EQ(first_bytes(2, false), std::string("\0\x12", 2));
  EXPECT_EQ(first_bytes(4, true), std::string("\x12\0\0\0", 4));
  EXPECT_EQ(first_bytes(8, false), std::string("\0\0\0\0\0\0\0\x12", 8));
}

TEST(FramesRun, AWrongByteIsReportedWithFrameAndOffset) {
  // Frames of 4 + 100 bytes: the 8th byte of the third one's content.
  const TestServer server(free_url("tcp"), spoiling(2 * 104 + 4 + 7));
  auto settings = frames_run(server.url());
  settings.size = 100;
  settings.seed = 9;
  settings.duration = 60s;
  const auto results = run_checked(settings);
  ASSERT_EQ(results.corrupt, 1U);
  const auto& found = results.corruptions.at(0);
  const auto expected = std::to_integer<std::uint8_t>(StreamPattern(9, 0).at(207));
  EXPECT_EQ(found.sequence, 2U);
  EXPECT_EQ(found.offset, 7U);
  EXPECT_EQ(found.expected, expected);
  EXPECT_EQ(found.got, expected ^ 1);
  EXPECT_EQ(results.answered, 2U);
}

TEST(FramesRun, AWrongLengthIsReportedWithItsPlace) {
  const TestServer server(free_url("tcp"), spoiling(104 + 3));
  auto settings = frames_run(server.url());
  settings.size = 100;
  settings.duration = 60s;
  const auto results = run_checked(settings);
  const auto& wrong = results.wrong.at("frame of a wrong length");
  EXPECT_EQ(wrong.count, 1U);
  EXPECT_EQ(wrong.first, "connection 0, frame 1, at byte 104: expected 100, got 101");
  EXPECT_EQ(results.answered, 1U);
}

}  // namespace
}  // namespace load::test
