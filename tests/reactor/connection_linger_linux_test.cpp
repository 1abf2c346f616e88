// Contract 7, of a peer that goes on sending: close() loses nothing as long as the peer reads, and reports a loss.
#include <gtest/gtest.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t payload_size = 150'000;

class Linger : public OnDriver {
 protected:
  // A server whose output is all in the kernel and most of it not with the peer, when it closes.
  static ListenOptions options(Duration timeout, Duration longest) {
    return {.socket = {.send_buffer = 1 << 20}, .connection = {.linger_timeout = timeout, .max_linger = longest}};
  }
  static void close_behind_payload(Link& link) {
    link.server.on_open = [](Connection& peer) {
      peer.send(std::string(payload_size, 'x'));
      peer.close();
    };
    ASSERT_TRUE(link.until([&] { return link.server.opened() && link.at_server()->queued() == 0; }));
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, Linger, each_driver(), driver_of);

TEST_P(Linger, GoesOnWhileAPeerThatSendsAllTheTimeReads) {
  Link link(driver(), "tcp", options(500ms, 60s));
  RawSocket peer(link.listener->address(), 16 * 1024);
  close_behind_payload(link);
  std::string received;
  while (!peer.ended() && !peer.reset() && !HasFailure()) {
    peer.send_some(std::string(100, 'y'));
    received += peer.read_some(1500);
    turn_for(link.loop, 10ms);
  }
  EXPECT_EQ(received.size(), payload_size);
  peer.close();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), std::error_code());
}

TEST_P(Linger, ReportsWhatAPeerThatReadsNothingHasNotTaken) {
  Link link(driver(), "tcp", options(50ms, 60s));
  RawSocket peer(link.listener->address(), 16 * 1024);
  close_behind_payload(link);
  ASSERT_TRUE(link.until([&] {
    if (!link.server.closed()) peer.send(std::string(100, 'y'));
    return link.server.closed();
  }));
  EXPECT_EQ(link.server.why(), Errc::output_cut);
  EXPECT_EQ(link.loop.stats().closed[static_cast<std::size_t>(CloseReason::write_stalled)], 1U);
}

TEST_P(Linger, EndsForAPeerThatReadsTooSlowly) {
  Link link(driver(), "tcp", options(100ms, 300ms));
  RawSocket peer(link.listener->address(), 16 * 1024);
  close_behind_payload(link);
  std::size_t received = 0;
  ASSERT_TRUE(link.until([&] {
    if (!link.server.closed()) peer.send(std::string(100, 'y'));
    received += peer.read_some(100).size();
    return link.server.closed();
  }));
  EXPECT_EQ(link.server.why(), Errc::output_cut);
  EXPECT_LT(received, payload_size);
}

}  // namespace
}  // namespace eddy::test
