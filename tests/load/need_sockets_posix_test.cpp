#include <gtest/gtest.h>
#include <tools/load/process.h>

#include <limits>
#include <stdexcept>
#include <string>

namespace load {
namespace {

// Windows has no such limit.
TEST(NeedSockets, MoreThanTheLimitAllowsSaysWhatToChange) {
  EXPECT_NO_THROW(need_sockets(10));
  try {
    need_sockets(std::numeric_limits<std::size_t>::max() / 2);
    FAIL() << "expected an error";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("ulimit"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace load
