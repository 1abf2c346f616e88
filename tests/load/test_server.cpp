#include "test_server.h"

#include <future>
#include <utility>

namespace load::test {
namespace {

struct StreamSession {
  const StreamBehaviour* behaviour;
  int number;
  std::uint64_t before = 0;

  void on_data(eddy::Connection& peer, eddy::Bytes in) {
    behaviour->on_data(peer, in, std::exchange(before, before + in.size()), number);
  }
  void on_end(eddy::Connection& peer) { behaviour->on_end(peer); }
};

struct DatagramSession {
  const DatagramBehaviour* behaviour;

  void on_datagram(eddy::DatagramSocket& socket, eddy::Bytes in, const eddy::Address& from) {
    (*behaviour)(socket, in, from);
  }
};

}  // namespace

TestServer::TestServer(const std::string& url, StreamBehaviour behaviour, eddy::ListenOptions options) {
  auto shared = std::make_shared<const StreamBehaviour>(std::move(behaviour));
  start([=](eddy::Loop& loop) -> Serving {
    auto listener = std::make_shared<eddy::Listener<StreamSession>>(
        loop, url,
        [shared, next = 0]() mutable {
          return StreamSession{shared.get(), next++};
        },
        options);
    auto address = listener->address().to_string();
    return {std::move(listener), std::move(address)};
  });
}

TestServer::TestServer(const std::string& url, DatagramBehaviour behaviour) {
  auto shared = std::make_shared<const DatagramBehaviour>(std::move(behaviour));
  start([=](eddy::Loop& loop) -> Serving {
    auto socket = std::make_shared<eddy::Datagram<DatagramSession>>(loop, url,
                                                                    [shared] { return DatagramSession{shared.get()}; });
    auto address = socket->address().to_string();
    return {std::move(socket), std::move(address)};
  });
}

TestServer::~TestServer() {
  remote_->post([loop = loop_] { loop->stop(); });
  thread_.join();
}

void TestServer::start(std::function<Serving(eddy::Loop&)> serve) {
  std::promise<void> ready;
  thread_ = std::thread([this, &ready, serve = std::move(serve)] {
    eddy::Loop loop;
    auto serving = serve(loop);
    url_ = serving.url;
    loop_ = &loop;
    remote_ = loop.remote();
    ready.set_value();
    loop.run();
  });
  ready.get_future().get();
}

}  // namespace load::test
