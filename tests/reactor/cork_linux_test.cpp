// Contract 6: sends are corked, seen in what the kernel counts.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <optional>

#include "../support/fixture.h"

namespace eddy::test {
namespace {

class Corking : public OnDriver {};
INSTANTIATE_TEST_SUITE_P(Drivers, Corking, each_driver(), driver_of);

// None where TCP_INFO ends before it.
std::optional<std::uint64_t> data_segments_out(const Connection& connection) {
  // tcp_info as linux/tcp.h has it: glibc's ends before tcpi_data_segs_out, and musl's does not.
  struct Longer {
    std::uint8_t states[8];
    std::uint32_t figures[24];
    std::uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
    std::uint32_t segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
  } longer{};
  socklen_t length = sizeof longer;
  EXPECT_EQ(::getsockopt(connection.native_handle(), IPPROTO_TCP, TCP_INFO, &longer, &length), 0);
  if (length < sizeof longer) return {};
  return longer.data_segs_out;
}

TEST_P(Corking, WhatOneCallbackWritesLeavesTogether) {
  Link link(driver());
  link.server.on_data = [](Connection& peer, Bytes in) {
    for (int i = 0; i < 100; ++i) peer.send("0123456789");
    return in.size();
  };
  ASSERT_TRUE(link.open());
  link.at_client()->send("go");
  ASSERT_TRUE(link.until([&] { return link.client.received.size() == 1000; }));
  EXPECT_EQ(link.client.count("data"), 1U);
  const auto segments = data_segments_out(*link.at_server());
  if (!segments) GTEST_SKIP() << "TCP_INFO ends here before it tells how many segments have left";
  EXPECT_EQ(*segments, 1U);
}

}  // namespace
}  // namespace eddy::test
