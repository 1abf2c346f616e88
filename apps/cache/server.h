// Server: a cache on the loops of a pool, listening at as many addresses as asked for.
#pragma once

#include <reactor/address.h>
#include <reactor/datagram.h>
#include <reactor/loop_pool.h>
#include <reactor/pool_listener.h>
#include <reactor/timer.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client.h"
#include "request_watch.h"
#include "settings.h"
#include "state.h"
#include "udp.h"

namespace cache {

class Server {
 public:
  // Made before pool.run(), which it must not outlive. Throws std::invalid_argument for settings that cannot be.
  Server(eddy::LoopPool& pool, const Settings& settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // tcp://HOST:PORT, unix:PATH, udp://HOST:PORT: the address with the port that the system chose for 0. Streams are
  // spread over the loops, datagrams are loop 0's. Before pool.run(). Throws std::system_error.
  eddy::Address listen(std::string_view url);

  // What was asked and held, for people, in a line or two. Not while pool.run() is under way.
  std::string summary();

 private:
  using Listener = eddy::PoolListener<eddy::Memcache<Client>>;
  using Socket = eddy::Datagram<DatagramClient>;
  void sweep(std::size_t loop);

  eddy::LoopPool& pool_;
  std::shared_ptr<State> state_;
  std::vector<std::shared_ptr<StreamWorker>> workers_;  // by loop
  std::vector<std::unique_ptr<RequestWatch>> watches_;  // by loop
  std::vector<std::unique_ptr<eddy::Timer>> sweepers_;  // by loop
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Socket>> sockets_;
};

}  // namespace cache
