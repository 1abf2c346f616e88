// A short run of what the fuzz targets do without end (tests/fuzz), with fixed seeds.
#include "differential.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace eddy::test {
namespace {

template <class Agree>
void run(Agree agree, std::string_view alphabet) {
  std::mt19937 random(20260101);
  for (int i = 0; i < 20'000; ++i) {
    std::string data(4 + random() % 120, '\0');
    for (std::size_t at = 0; at < data.size(); ++at) {
      // The first bytes are choices, the rest has many ends in it.
      data[at] = at < 4 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    }
    ASSERT_TRUE(agree(data)) << "round " << i << ": " << testing::PrintToString(data);
  }
}

TEST(Differential, LinesAgreeWithAPlainSearch) { run(lines_agree, "ab\r\n\n"); }
TEST(Differential, DelimitedAgreesWithAPlainSearch) { run(delimited_agrees, "aab"); }
TEST(Differential, IrcAgreesWithAPlainReading) { run(irc_agrees, "ab @: \r\n\n;="); }
TEST(Differential, FramesAgreeWithTheirEncoding) { run(frames_agree, std::string_view("\0\0\1\2\3\x80\x81", 7)); }

// Made of words, since letters by chance are no commands.
TEST(Differential, MemcacheIsTheSameInPieces) {
  static constexpr std::string_view words[] = {"get",
                                               "gets",
                                               "gat 1",
                                               "set a 0 0 3",
                                               "set a 0 0 99",
                                               "ms a 2",
                                               "mg",
                                               "ma",
                                               "a",
                                               "\r\n",
                                               "\r\n",
                                               "\r\n",
                                               "\n",
                                               "abc",
                                               " ",
                                               " ",
                                               "noreply",
                                               "b",
                                               "q",
                                               "k",
                                               "v",
                                               "x",
                                               "MA",
                                               "T1",
                                               "1",
                                               "\r",
                                               "incr",
                                               "mn",
                                               "YQ==",
                                               "set k 0 0 0",
                                               std::string_view("\0", 1)};
  std::mt19937 random(20260102);
  for (int i = 0; i < 20'000; ++i) {
    std::string data{static_cast<char>(random()), static_cast<char>(random())};
    const auto count = random() % 40;
    for (std::size_t word = 0; word < count; ++word) data += words[random() % std::size(words)];
    if (random() % 100 == 0)
      data.insert(2, "get " + std::string(random() % 3000, 'k') + std::string(random() % 3000, ' '));
    ASSERT_TRUE(memcache_agrees(data)) << "round " << i << ": " << testing::PrintToString(data);
  }
}

}  // namespace
}  // namespace eddy::test
