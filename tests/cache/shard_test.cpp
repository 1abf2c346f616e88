// A shard by itself: its memory and its index, with a time that the tests set. What clients see of it is in MemoryTest.
#include <apps/cache/memory.h>
#include <apps/cache/shard.h>
#include <gtest/gtest.h>
#include <reactor/keyed_hash.h>

#include <cstdint>
#include <string>

namespace cache::test {
namespace {

class ShardTest : public testing::Test {
 protected:
  static constexpr std::size_t limit = std::size_t{8} * 1024 * 1024;

  Item* store(const std::string& name, std::size_t value_size, Seconds now = 10) {
    const auto block = std::string(value_size, 'v') + "\r\n";
    const bool is_large = Shard::is_large(name.size(), block.size());
    return shard.store(key(name), {.block = block}, is_large ? eddy::SharedBytes(block) : eddy::SharedBytes(), now);
  }
  Key key(const std::string& name) const { return {name, hash(name)}; }

  const eddy::KeyedHash hash;
  Shard shard{limit, 0, 1};
};

TEST_F(ShardTest, NeverHoldsMoreThanItsLimit) {
  static constexpr std::size_t sizes[] = {100, 40'000, 50, 300'000, 5000, 1'000'000, 50, 33'000};
  int number = 0;
  for (const auto size : sizes) {
    for (std::size_t stored = 0; stored < 2 * limit; stored += size + 100) {
      ASSERT_NE(store("key" + std::to_string(number++), size), nullptr) << size;
      ASSERT_LE(shard.held(), limit) << size;
    }
    EXPECT_GT(shard.held(), limit / 2) << size;
  }
}

// Nearly all of the limit is one value, so that the page for its item is too much.
TEST_F(ShardTest, ALargeValueIsRefusedWhenItAndItsPageAreTooMuch) {
  EXPECT_EQ(store("key", limit - Slabs::page_size), nullptr);
  EXPECT_LE(shard.held(), limit);
  EXPECT_EQ(shard.counters.store_no_memory, 1U);
  EXPECT_NE(store("key", limit / 2), nullptr);
}

TEST_F(ShardTest, ItsIndexGrowsInAFullCacheToo) {
  int number = 0;
  for (std::size_t stored = 0; stored < 2 * limit; stored += 5000) store("key" + std::to_string(number++), 5000);
  for (std::size_t stored = 0; stored < 2 * limit; stored += 100) store("key" + std::to_string(number++), 10);
  EXPECT_GT(shard.items(), 40'000U);
  EXPECT_GE(shard.index().buckets() + 1, shard.items());
  EXPECT_LE(shard.held(), limit);
}

// Each loop reads the time for itself, so that of one may be a second behind that of another.
TEST_F(ShardTest, AnItemUsedInAnotherLoopsFutureIsNew) {
  auto* item = store("key", 10, 10);
  shard.mark_used(item, 12);
  EXPECT_EQ(item->age(15), 3U);
  EXPECT_EQ(item->age(12), 0U);
  EXPECT_EQ(item->age(11), 0U);
}

TEST_F(ShardTest, AnItemUsedInAnotherLoopsFutureIsNotTakenForTheOldest) {
  int number = 0;
  for (std::size_t stored = 0; stored < 2 * limit; stored += 1000) store("old" + std::to_string(number++), 900, 10);
  for (std::size_t stored = 0; stored < limit / 4; stored += 200) store("new" + std::to_string(number++), 100, 100);
  const auto moved = shard.counters.pages_moved;
  // By a loop that is a second behind: the old ones go on making room.
  for (std::size_t stored = 0; stored < limit / 4; stored += 200) store("new" + std::to_string(number++), 100, 99);
  EXPECT_GT(shard.counters.pages_moved, moved);
}

TEST(MemoryMappingTest, IsAlignedZeroedAndGivenBack) {
  static constexpr std::size_t size = std::size_t{256} * 1024;
  void* held[20];
  for (auto*& memory : held) {
    memory = map_memory(size, size);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % size, 0U);
    auto* bytes = static_cast<unsigned char*>(memory);
    EXPECT_EQ(bytes[0] | bytes[size - 1], 0);
    bytes[0] = bytes[size - 1] = 1;
  }
  for (auto* memory : held) unmap_memory(memory, size);
}

}  // namespace
}  // namespace cache::test
