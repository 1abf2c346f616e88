// The kernel takes less of a write than there is room for in the socket, as it does of 2 GiB and more (write(2)): the
// rest follows at once, and does not wait for an event that never comes.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "raw_peers.h"

namespace eddy::test {
namespace {

std::size_t most_of_a_write = ~std::size_t{0};

}  // namespace
}  // namespace eddy::test

// In place of the C library's, in this program.
extern "C" ssize_t send(int socket, const void* data, size_t size, int flags) {
  return ::syscall(SYS_sendto, socket, data, std::min(size, eddy::test::most_of_a_write), flags, nullptr, 0);
}

namespace eddy::test {
namespace {

class ShortWriteOnDriver : public RawPeersTest {
 protected:
  void TearDown() override {
    most_of_a_write = ~std::size_t{0};
    RawPeersTest::TearDown();
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, ShortWriteOnDriver, each_driver(), driver_of);

TEST_P(ShortWriteOnDriver, IsNotTakenForAFullSocket) {
  connect_raw(1);
  most_of_a_write = 1000;
  const std::string all(10'000, 'x');
  streams[0]->output.append(all, pool_);
  ASSERT_EQ(driver_->flush(*streams[0]), std::error_code());
  std::string received;
  EXPECT_TRUE(wait_until([&] { return (received += peers[0].read_some()).size() == all.size(); }));
  EXPECT_TRUE(streams[0]->output.empty());
}

}  // namespace
}  // namespace eddy::test
