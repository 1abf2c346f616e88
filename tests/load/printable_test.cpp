#include <apps/cli/printable.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(Printable, LeavesAsciiAloneAndWritesAllElseAsNumbers) {
  EXPECT_EQ(printable("GET key-1 ~"), "GET key-1 ~");
  EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
  EXPECT_EQ(printable("\x9b"
                      "31m \xc2\x9b"),
            "\\x9b31m \\xc2\\x9b");  // CSI with 8 bits, and in UTF-8
}

}  // namespace
}  // namespace cli
