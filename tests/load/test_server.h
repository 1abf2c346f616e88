// TestServer: something to load, on a loop and a thread of its own.
#pragma once

#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace load::test {

// What a stream server does. All run on the server's thread; `before` is how many bytes the connection brought earlier,
// `number` counts connections from 0.
struct StreamBehaviour {
  std::function<void(eddy::Connection& peer, eddy::Bytes in, std::uint64_t before, int number)> on_data =
      [](eddy::Connection& peer, eddy::Bytes in, std::uint64_t, int) { peer.send(in); };
  std::function<void(eddy::Connection& peer)> on_end = [](eddy::Connection& peer) { peer.finish(); };
};

using DatagramBehaviour = std::function<void(eddy::DatagramSocket& socket, eddy::Bytes in, const eddy::Address& from)>;

class TestServer {
 public:
  TestServer(const std::string& url, StreamBehaviour behaviour, eddy::ListenOptions options = {});
  TestServer(const std::string& url, DatagramBehaviour behaviour);

  // Anything that serves: made, and later destroyed, on the server's thread.
  struct Serving {
    std::shared_ptr<void> owner;
    std::string url;
  };
  explicit TestServer(std::function<Serving(eddy::Loop&)> serve) { start(std::move(serve)); }

  ~TestServer();  // stops it and waits
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  const std::string& url() const { return url_; }

 private:
  void start(std::function<Serving(eddy::Loop&)> serve);

  std::string url_;
  eddy::Loop* loop_ = nullptr;
  std::optional<eddy::Remote> remote_;
  std::thread thread_;
};

}  // namespace load::test
