#include <gtest/gtest.h>
#include <tools/load/results.h>

#include <chrono>

namespace load {
namespace {

using namespace std::chrono_literals;

TEST(ResultsMerge, IsAsIfOneHadFoundBoth) {
  Results one;
  one.connected = 3;
  one.sent = one.answered = 2;
  one.response.record(1ms);
  one.response.record(3ms);
  one.errors["reset"] = 1;
  one.wrong["number"] = {1, "first of one"};
  one.elapsed = 2s;
  one.cpu = {.user = 5ms, .system = 1ms};
  Results two;
  two.connected = 4;
  two.sent = 3;
  two.answered = 1;
  two.dropped = 7;
  two.response.record(2ms);
  two.errors["reset"] = 2;
  two.errors["refused"] = 1;
  two.wrong["number"] = {2, "first of two"};
  two.wrong["text"] = {1, "other"};
  two.interrupted = true;
  two.elapsed = 1s;
  two.cpu = {.user = 6ms, .system = 1ms};
  merge(one, two);

  Histogram both;
  for (const auto time : {1ms, 2ms, 3ms}) both.record(time);
  EXPECT_EQ(one.response, both);
  EXPECT_EQ(one.connected, 7U);
  EXPECT_EQ(one.sent, 5U);
  EXPECT_EQ(one.answered, 3U);
  EXPECT_EQ(one.dropped, 7U);
  EXPECT_EQ(one.errors, (ErrorCounts{{"refused", 1}, {"reset", 3}}));
  EXPECT_EQ(one.wrong["number"].count, 3U);
  EXPECT_EQ(one.wrong["number"].first, "first of one");
  EXPECT_EQ(one.wrong["text"].first, "other");
  EXPECT_TRUE(one.interrupted);
  EXPECT_EQ(one.elapsed, 2s);
  EXPECT_EQ(one.cpu.total(), 7ms) << "the process's, once";
  EXPECT_EQ(one.loops, 2U);
}

}  // namespace
}  // namespace load
