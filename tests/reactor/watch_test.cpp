// Descriptors that other libraries own.
#include <gtest/gtest.h>

#include <optional>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

class Watching : public OnDriver {
 protected:
  std::pair<RawSocket, RawSocket> pair = socket_pair();
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, Watching, each_driver(), driver_of);

TEST_P(Watching, CallsBackAsLongAsItIsReady) {
  int calls = 0;
  const auto watch = loop.watch(pair.first.descriptor(), Interest::read, [&](Ready ready) {
    EXPECT_TRUE(ready.read);
    ++calls;
  });
  turn_for(loop, 3ms);
  EXPECT_EQ(calls, 0);
  pair.second.send("x");
  ASSERT_TRUE(turn_until(loop, [&] { return calls >= 3; })) << "level-triggered: nobody has read it";
  ASSERT_EQ(pair.first.read_some(1), "x");
  const auto before = calls;
  turn_for(loop, 3ms);
  EXPECT_EQ(calls, before);
}

TEST_P(Watching, InterestCanChange) {
  int reads = 0;
  int writes = 0;
  auto watch = loop.watch(pair.first.descriptor(), Interest::none, [&](Ready ready) {
    reads += ready.read ? 1 : 0;
    writes += ready.write ? 1 : 0;
  });
  turn_for(loop, 3ms);
  EXPECT_EQ(reads + writes, 0);
  watch.set_interest(Interest::write);
  ASSERT_TRUE(turn_until(loop, [&] { return writes > 0; }));
  EXPECT_EQ(reads, 0);
  pair.second.send("x");
  watch.set_interest(Interest::both);
  ASSERT_TRUE(turn_until(loop, [&] { return reads > 0; }));
  watch.set_interest(Interest::none);
  const auto before = reads + writes;
  turn_for(loop, 3ms);
  EXPECT_EQ(reads + writes, before);
}

TEST_P(Watching, EndOfFileIsReadable) {
  int ends = 0;
  const auto watch =
      loop.watch(pair.first.descriptor(), Interest::read, [&](Ready ready) { ends += ready.read ? 1 : 0; });
  pair.second.close();
  ASSERT_TRUE(turn_until(loop, [&] { return ends > 0; }));
}

TEST_P(Watching, DestroyedHandleEndsItAlsoFromItsCallback) {
  int calls = 0;
  std::optional<Watch> watch;
  watch = loop.watch(pair.first.descriptor(), Interest::write, [&](Ready) {
    ++calls;
    watch.reset();
  });
  ASSERT_TRUE(turn_until(loop, [&] { return calls == 1; }));
  turn_for(loop, 3ms);
  EXPECT_EQ(calls, 1);
  // The descriptor is still open, and may be watched anew.
  watch = loop.watch(pair.first.descriptor(), Interest::write, [&](Ready) { ++calls; });
  ASSERT_TRUE(turn_until(loop, [&] { return calls > 1; }));
}

TEST_P(Watching, HandleMoves) {
  int calls = 0;
  Watch watch;
  EXPECT_FALSE(watch);
  watch.set_interest(Interest::read);  // of nothing
  watch = loop.watch(pair.first.descriptor(), Interest::write, [&](Ready) { ++calls; });
  EXPECT_TRUE(watch);
  const Watch moved = std::move(watch);
  ASSERT_TRUE(turn_until(loop, [&] { return calls > 0; }));
}

TEST_P(Watching, DescriptorThatIsNoneIsAnErrorThatNamesIt) {
  try {
    const auto watch = loop.watch(987'654, Interest::read, [](Ready) {});
    FAIL() << "expected an error";
  } catch (const std::system_error& error) {
    EXPECT_TRUE(error.code() == std::errc::bad_file_descriptor || error.code() == std::errc::not_a_socket);
    EXPECT_NE(std::string(error.what()).find("987654"), std::string::npos) << error.what();
  }
}

TEST_P(Watching, NumberThatIsNoneIsAnErrorWithNoInterestToo) {
  for (const int number : {-1, 987'654}) {
    EXPECT_THROW(static_cast<void>(loop.watch(number, Interest::none, [](Ready) {})), std::system_error) << number;
  }
}

TEST_P(Watching, SecondWatchIsRefusedAndLeavesTheFirstItsInterest) {
  int calls = 0;
  auto first = loop.watch(pair.first.descriptor(), Interest::none, [&](Ready) { ++calls; });
  for (const auto interest : {Interest::none, Interest::read}) {
    try {
      const auto second = loop.watch(pair.first.descriptor(), interest, [](Ready) {});
      FAIL() << "expected an error";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::file_exists);
    }
  }
  pair.second.send("x");
  first.set_interest(Interest::read);
  ASSERT_TRUE(turn_until(loop, [&] { return calls > 0; }));
}

TEST_P(Watching, SecondWatchDoesNotDeafenTheFirst) {
  int calls = 0;
  const auto first = loop.watch(pair.first.descriptor(), Interest::read, [&](Ready) { ++calls; });
  for (const auto interest : {Interest::none, Interest::read}) {
    try {
      const auto second = loop.watch(pair.first.descriptor(), interest, [](Ready) {});
      turn_for(loop, 1ms);
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::file_exists);
    }
  }
  pair.second.send("x");
  ASSERT_TRUE(turn_until(loop, [&] { return calls > 0; }));
  ASSERT_EQ(pair.first.read_some(), "x");
  turn_for(loop, 1ms);
  const auto turns = loop.stats().turns;
  turn_for(loop, 30ms);
  EXPECT_LT(loop.stats().turns - turns, 10U) << "and nothing is left that wakes without end";
}

TEST_P(Watching, NoInterestIsNoCallAlsoWhenTheOtherEndIsGone) {
  int calls = 0;
  auto watch = loop.watch(pair.first.descriptor(), Interest::read, [&](Ready) { ++calls; });
  pair.second.close();
  ASSERT_TRUE(turn_until(loop, [&] { return calls > 0; }));
  watch.set_interest(Interest::none);
  turn_for(loop, 3ms);
  calls = 0;
  const auto turns = loop.stats().turns;
  turn_for(loop, 30ms);
  EXPECT_EQ(calls, 0);
  EXPECT_LT(loop.stats().turns - turns, 10U);
  watch.set_interest(Interest::read);
  ASSERT_TRUE(turn_until(loop, [&] { return calls > 0; }));
}

}  // namespace
}  // namespace eddy::test
