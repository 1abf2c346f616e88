// Contract 7: closing loses nothing. And contract 2: a connection ends exactly once.
#include <gtest/gtest.h>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

TEST(Close, FlushesWhatWasSentThenSendsFin) {
  Link link;
  const std::string payload(1'000'000, 'x');
  link.server.on_open = [&](Connection& peer) {
    peer.send(payload);
    peer.close();
  };
  ASSERT_TRUE(link.open());
  ASSERT_TRUE(link.until([&] { return link.client.closed() && link.server.closed(); }));
  EXPECT_EQ(link.client.received.size(), payload.size());
  EXPECT_EQ(link.client.why(), std::error_code());
  EXPECT_EQ(link.server.why(), std::error_code());
}

TEST(Close, WithUnreadInputDoesNotResetWhatWasSent) {
  Link link;
  link.server.on_data = [](Connection& peer, Bytes in) {
    peer.send("bye");
    peer.close();
    return in.size();
  };
  RawSocket raw(link.listener->address());
  raw.send(std::string(1, 'a'));
  std::string got;
  ASSERT_TRUE(link.until([&] {
    if (!raw.ended()) raw.send(std::string(1000, 'b'));
    got += raw.read_some();
    return raw.ended();
  }));
  EXPECT_EQ(got, "bye");
  raw.close();
  ASSERT_TRUE(link.until([&] { return link.server.closed(); }));
  EXPECT_EQ(link.server.why(), std::error_code());
}

}  // namespace
}  // namespace eddy::test
