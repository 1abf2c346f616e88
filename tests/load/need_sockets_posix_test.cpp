#include <gtest/gtest.h>
#include <tools/load/process.h>

#include <stdexcept>
#include <string>

namespace load {
namespace {

// Windows has no such limit.
TEST(NeedSockets, MoreThanTheLimitAllowsSaysWhatToChange) {
  EXPECT_NO_THROW(need_sockets(10));
  try {
    need_sockets(std::size_t{1} << 40);
    FAIL() << "expected an error";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("ulimit"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace load
