#include <gtest/gtest.h>
#include <tools/load/ring.h>

#include <deque>
#include <random>

namespace load {
namespace {

TEST(Ring, BehavesLikeADequeWhateverTheOrderOfPushesAndPops) {
  Ring<int> ring;
  std::deque<int> model;
  std::mt19937 random(3);
  for (int i = 0; i < 10000; ++i) {
    // Growing and shrinking in turns, so that it wraps at many sizes.
    const bool growing = i / 100 % 2 == 0;
    if (model.empty() || random() % 3 < (growing ? 2U : 1U)) {
      ring.push_back(i);
      model.push_back(i);
    } else {
      EXPECT_EQ(ring.front(), model.front());
      ring.pop_front();
      model.pop_front();
    }
    ASSERT_EQ(ring.size(), model.size());
    for (std::size_t at = 0; at < model.size(); ++at) ASSERT_EQ(ring[at], model[at]);
  }
}

TEST(Ring, IsEmptyAfterClearAndUsableAgain) {
  Ring<int> ring;
  for (int i = 0; i < 5; ++i) ring.push_back(i);
  ring.clear();
  EXPECT_TRUE(ring.empty());
  ring.push_back(9);
  EXPECT_EQ(ring.front(), 9);
}

}  // namespace
}  // namespace load
