// A reset takes nothing away that was unread, where the system can say how much that is.
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <thread>

#include "raw_peers.h"

namespace eddy::test {
namespace {

const std::vector<std::string> data_then_its_failure{"data", "failed"};

class UnreadOnDriver : public RawPeersTest {
 protected:
  static std::size_t unread(int socket) {
    int count = 0;
    EXPECT_EQ(::ioctl(socket, FIONREAD, &count), 0);
    return static_cast<std::size_t>(count);
  }
  // Sends until the system holds no more; what was sent, and how much of it is with the receiver. (A reset drops what
  // the sender has still.)
  static std::pair<std::string, std::size_t> fill(RawSocket& peer, int receiver) {
    std::string sent;
    std::size_t held = 0;
    for (int stalled = 0; stalled < 5;) {
      const std::string piece(100'000, static_cast<char>('a' + sent.size() % 26));
      std::size_t taken = 0;
      while ((taken = peer.send_some(piece)) > 0) sent += piece.substr(0, taken);
      const auto now = unread(receiver);
      stalled = now > held ? 0 : stalled + 1;
      held = now;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {sent, held};
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, UnreadOnDriver, each_driver(), driver_of);

// As much as the system holds, which is more than a driver has buffers.
TEST_P(UnreadOnDriver, MegabytesUnreadArriveBeforeTheFailure) {
  for (const bool sends_into_it : {false, true}) {
    SCOPED_TRACE(sends_into_it);
    connect_raw(1, {.receive_buffer = 4 << 20});
    auto& stream = *streams.back();
    auto& peer = peers.back();
    peer.set_send_buffer(4 << 20);
    const auto [sent, held] = fill(peer, stream.socket);
    peer.close_with_reset();
    if (sends_into_it) {
      stream.output.append("too late", pool_);
      if (driver_->flush(stream)) {
        ASSERT_TRUE(wait_until([&, size = held] { return stream.received.size() >= size; }));
        continue;
      }
    }
    ASSERT_TRUE(wait_until([&] { return stream.failures > 0; }));
    EXPECT_GE(stream.received.size(), held);
    EXPECT_TRUE(sent.starts_with(stream.received));
    EXPECT_EQ(stream.events, data_then_its_failure);
  }
}

}  // namespace
}  // namespace eddy::test
