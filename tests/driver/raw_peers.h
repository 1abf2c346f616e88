// Streams of the driver's, each with a raw peer.
#pragma once

#include <memory>
#include <vector>

#include "../support/raw_socket.h"
#include "fake_endpoints.h"

namespace eddy::test {

class RawPeersTest : public DriverTest {
 protected:
  // So many more of them, receiving.
  void connect_raw(std::size_t count, const SocketOptions& options = {}) {
    TestAcceptor acceptor;
    const auto address = listen(acceptor, {.socket = options});
    for (std::size_t i = 0; i < count; ++i) {
      peers.emplace_back(address);
      ASSERT_TRUE(wait_until([&] { return acceptor.sockets.size() > i; }));
      auto& stream = *streams.emplace_back(std::make_unique<TestStream>(*driver_));
      stream.is_tcp = true;
      ASSERT_EQ(driver_->adopt(stream, acceptor.sockets.back()), std::error_code());
      driver_->receive(stream, true);
    }
    driver_->close(acceptor);
    for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  }
  void TearDown() override {
    for (auto& stream : streams) stream->close(pool_);
  }

  std::vector<RawSocket> peers;
  std::vector<std::unique_ptr<TestStream>> streams;
};

}  // namespace eddy::test
