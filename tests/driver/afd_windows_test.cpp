// What the AFD device says of a connect that failed, in the words of socket calls.
#include <gtest/gtest.h>
#include <reactor/driver/afd.h>

namespace eddy::test {
namespace {

namespace afd = driver::afd;

std::uint16_t error_of_connect(std::uint32_t status) {
  return afd::error_of(afd::connect_fail | afd::send, static_cast<NTSTATUS>(status));
}

TEST(Afd, ConnectThatFailedSaysWhy) {
  EXPECT_EQ(error_of_connect(0xC0000236), WSAECONNREFUSED);
  EXPECT_EQ(error_of_connect(0xC00000B5), WSAETIMEDOUT);
  EXPECT_EQ(error_of_connect(0xC000020D), WSAECONNRESET);
  EXPECT_EQ(error_of_connect(0xC000023C), WSAENETUNREACH);
  EXPECT_EQ(error_of_connect(0xC000023D), WSAEHOSTUNREACH);
  EXPECT_EQ(error_of_connect(0xC0000241), WSAECONNABORTED);
}

TEST(Afd, ConnectThatFailedIsAlwaysAnError) {
  EXPECT_EQ(error_of_connect(0), WSAECONNREFUSED);
  EXPECT_EQ(error_of_connect(0xC0000001), WSAECONNREFUSED);
}

TEST(Afd, ResetIsAnErrorAndReadinessIsNone) {
  EXPECT_EQ(afd::error_of(afd::abort | afd::receive, 0), WSAECONNRESET);
  EXPECT_EQ(afd::error_of(afd::receive | afd::send | afd::disconnect | afd::accept, 0), 0);
}

}  // namespace
}  // namespace eddy::test
