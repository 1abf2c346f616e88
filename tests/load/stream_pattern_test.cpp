#include <gtest/gtest.h>
#include <tools/load/stream_pattern.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

namespace load {
namespace {

std::vector<std::byte> stretch(const StreamPattern& pattern, std::uint64_t offset, std::size_t size) {
  std::vector<std::byte> bytes(size);
  pattern.fill(offset, bytes);
  return bytes;
}

TEST(StreamPattern, EveryByteIsComputableFromItsOffsetAlone) {
  const StreamPattern pattern(1, 2);
  const std::uint64_t far = std::uint64_t{1} << 40;
  for (const std::uint64_t start : {std::uint64_t{0}, std::uint64_t{3}, far, far + 5}) {
    for (std::size_t size = 0; size < 200; ++size) {
      const auto bytes = stretch(pattern, start, size);
      for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(bytes[i], pattern.at(start + i)) << start << " " << i;
    }
  }
}

TEST(StreamPattern, AnySplitOfTheStreamVerifies) {
  const StreamPattern pattern(99, 7);
  const auto whole = stretch(pattern, 0, 10000);
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    std::size_t at = 0;
    while (at < whole.size()) {
      const auto size = std::min<std::size_t>(random() % 300, whole.size() - at);
      ASSERT_FALSE(pattern.mismatch(at, {whole.data() + at, size})) << at << " " << size;
      at += size;
    }
  }
}

TEST(StreamPattern, AFlippedBitIsReportedAtItsExactOffset) {
  const StreamPattern pattern(4, 0);
  for (const std::uint64_t start : {0U, 1U, 7U, 8U, 1000003U}) {
    auto bytes = stretch(pattern, start, 300);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      bytes[at] ^= std::byte{0x10};
      ASSERT_EQ(pattern.mismatch(start, bytes), at) << "from " << start;
      bytes[at] ^= std::byte{0x10};
    }
  }
}

TEST(StreamPattern, TheFirstOfSeveralWrongBytesIsReported) {
  const StreamPattern pattern(4, 0);
  auto bytes = stretch(pattern, 5, 200);
  for (std::size_t at = 199; at >= 90; --at) bytes[at] ^= std::byte{1};
  EXPECT_EQ(pattern.mismatch(5, bytes), 90U);
}

TEST(StreamPattern, SeedsAndConnectionsHaveStreamsOfTheirOwn) {
  const auto own = stretch(StreamPattern(1, 1), 0, 64);
  EXPECT_EQ(stretch(StreamPattern(1, 1), 0, 64), own);
  EXPECT_NE(stretch(StreamPattern(1, 2), 0, 64), own);
  EXPECT_NE(stretch(StreamPattern(2, 1), 0, 64), own);
  EXPECT_NE(stretch(StreamPattern(1, 1), 8, 64), own);
}

TEST(StreamPattern, AShiftedStreamDoesNotVerify) {
  const StreamPattern pattern(1, 1);
  const auto bytes = stretch(pattern, 0, 4096);
  for (std::uint64_t shift = 1; shift < 64; ++shift) {
    const auto found = pattern.mismatch(shift, bytes);
    ASSERT_TRUE(found) << shift;
    EXPECT_LT(*found, 8U);
  }
}

}  // namespace
}  // namespace load
