#include <gtest/gtest.h>
#include <reactor/keyed_hash.h>

namespace eddy::test {
namespace {

// The 128-bit product is put together from 32-bit halves where the compiler has no such number.
TEST(KeyedHash, IsTheSameOnMachinesOf32And64Bits) {
  const KeyedHash hash(0x9e3779b97f4a7c15, 0xd1b54a32d192ed03);
  EXPECT_EQ(hash(""), 0x97fa03b495a041be);
  EXPECT_EQ(hash("a"), 0xef52fc667d6a2607);
  EXPECT_EQ(hash("key"), 0x89f2d3b34ca834c9);
}

}  // namespace
}  // namespace eddy::test
