// The small types: Bytes, SharedBytes, Callback, OutputQueue, deadline_after.
#include <gtest/gtest.h>
#include <reactor/bytes.h>
#include <reactor/callback.h>
#include <reactor/output_queue.h>
#include <reactor/shared_bytes.h>
#include <reactor/time.h>

#include <array>
#include <deque>
#include <initializer_list>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "../support/allocations.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

TEST(Bytes, ViewAnythingMadeOfBytes) {
  EXPECT_EQ(Bytes("literal").text(), "literal");
  EXPECT_EQ(Bytes(std::string("a\0b", 3)).size(), 3U);
  EXPECT_EQ(Bytes(std::string_view("view")).text(), "view");
  EXPECT_EQ(Bytes(std::vector<unsigned char>{65, 66}).text(), "AB");
  EXPECT_EQ(Bytes(std::array<std::byte, 1>{std::byte{67}}).text(), "C");
  const std::byte raw[2]{std::byte{1}, std::byte{2}};
  EXPECT_EQ(Bytes(std::span(raw)).size(), 2U);
  EXPECT_TRUE(Bytes().empty());
}

TEST(Bytes, PartsClampToWhatIsThere) {
  const Bytes bytes("hello");
  EXPECT_EQ(bytes.first(2).text(), "he");
  EXPECT_EQ(bytes.first(99).text(), "hello");
  EXPECT_EQ(bytes.without_first(2).text(), "llo");
  EXPECT_TRUE(bytes.without_first(99).empty());
  EXPECT_TRUE(Bytes().without_first(1).empty());
}

TEST(SharedBytes, CopiesShareAndTheLastOneFrees) {
  SharedBytes empty;
  EXPECT_FALSE(empty);
  EXPECT_EQ(empty.size(), 0U);
  SharedBytes first(Bytes("payload"));
  const auto before = allocations();
  auto second = first;
  EXPECT_EQ(allocations(), before);
  EXPECT_EQ(second.bytes().data(), first.bytes().data());
  first = {};
  EXPECT_EQ(second.bytes().text(), "payload");
  second = SharedBytes(second);
  EXPECT_EQ(second.bytes().text(), "payload");
}

TEST(SharedBytes, PiecesComeOneAfterTheOther) {
  EXPECT_EQ(SharedBytes({Bytes("pay"), Bytes(), Bytes("load")}).bytes().text(), "payload");
  const SharedBytes none(std::initializer_list<Bytes>{});
  EXPECT_TRUE(none);
  EXPECT_EQ(none.size(), 0U);
}

TEST(SharedBytes, OwnersMayBeOnDifferentThreads) {
  const SharedBytes payload(Bytes("payload"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([copy = payload] {
      for (int i = 0; i < 10'000; ++i) {
        const auto mine = copy;  // NOLINT(performance-unnecessary-copy-initialization): the copy is the test
        ASSERT_EQ(mine.size(), 7U);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Callback, KeepsSmallClosuresInsideAndTakesMoveOnlyOnes) {
  const auto before = allocations();
  std::array<std::byte, 40> state{};
  Callback<std::size_t()> small([state] { return state.size(); });
  EXPECT_EQ(small(), 40U);
  auto moved = std::move(small);
  EXPECT_EQ(moved(), 40U);
  EXPECT_FALSE(small);  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move): empty is the promise
  EXPECT_EQ(allocations(), before);

  auto owned = std::make_unique<int>(7);
  Callback<int(int)> owner([owned = std::move(owned)](int more) { return *owned + more; });
  EXPECT_EQ(owner(1), 8);

  std::array<std::byte, 1000> large{};
  Callback<std::size_t()> on_heap([large] { return large.size(); });
  auto also_moved = std::move(on_heap);
  EXPECT_EQ(also_moved(), 1000U);
}

TEST(Callback, DestroysWhatItHoldsOnce) {
  const auto held = std::make_shared<int>();
  {
    Callback<void()> first([held] {});
    Callback<void()> second([held] {});
    EXPECT_EQ(held.use_count(), 3);
    second = std::move(first);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Time, DeadlineAfterNeitherOverflowsNorGoesBack) {
  const TimePoint start{5s};
  EXPECT_EQ(deadline_after(start, 1s), start + 1s);
  EXPECT_EQ(deadline_after(start, -1s), start);
  EXPECT_EQ(deadline_after(start, unlimited), never);
  EXPECT_EQ(deadline_after(never, 1s), never);
}

// The queue against a string: appends copies and shared payloads, consumes as a kernel would.
TEST(OutputQueue, BehavesLikeAString) {
  std::mt19937 random(11);
  BlockPool pool;
  OutputQueue queue;
  std::string model;
  for (int step = 0; step < 20'000; ++step) {
    const std::string data(random() % 9000 >> random() % 14, static_cast<char>('a' + step % 26));
    switch (random() % 4) {
      case 0: {
        const std::size_t skip = random() % 3;
        queue.append(SharedBytes(Bytes(data)), skip, pool);
        model += data.size() > skip ? data.substr(skip) : "";
        break;
      }
      case 1:
        queue.append(Bytes(data), pool);
        model += data;
        break;
      default: {
        const std::size_t count = random() % (model.size() + 10);
        queue.consume(count, pool);
        model.erase(0, count);
      }
    }
    ASSERT_EQ(queue.size(), model.size());
    ASSERT_EQ(queue.empty(), model.empty());
    std::array<Bytes, 7> pieces;
    const auto used = queue.gather(pieces);
    std::string front;
    for (std::size_t i = 0; i < used; ++i) {
      ASSERT_FALSE(pieces[i].empty());
      front += pieces[i].text();
    }
    ASSERT_TRUE(used == pieces.size() || front.size() == model.size());
    ASSERT_TRUE(model.starts_with(front));
  }
  queue.clear(pool);
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(BlockPool, KeepsABoundedStock) {
  BlockPool pool;
  std::deque<Block*> out;
  for (std::size_t i = 0; i < 2 * BlockPool::most_small; ++i) out.push_back(pool.take(std::size_t{1}));
  EXPECT_GE(pool.in_use(), 2 * BlockPool::most_small * BlockPool::small_capacity);
  for (auto* block : out) pool.give_back(block);
  EXPECT_EQ(pool.in_use(), 0U);
  const auto before = allocations();
  out.clear();
  std::vector<Block*> again;
  again.reserve(BlockPool::most_small);
  const auto with_vector = allocations();
  for (std::size_t i = 0; i < BlockPool::most_small; ++i) again.push_back(pool.take(std::size_t{1}));
  EXPECT_EQ(allocations(), with_vector) << "from the stock";
  auto* larger = pool.take(BlockPool::large_capacity + 1);
  EXPECT_GT(allocations(), before);
  pool.give_back(larger);
  for (auto* block : again) pool.give_back(block);
}

}  // namespace
}  // namespace eddy::test
