// Server: a cache on a loop, listening at as many addresses as asked for.
#pragma once

#include <reactor/address.h>
#include <reactor/datagram.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <memory>
#include <string_view>
#include <vector>

#include "client.h"
#include "settings.h"
#include "state.h"

namespace cache {

class Server {
 public:
  // Throws std::invalid_argument for settings that cannot be.
  Server(eddy::Loop& loop, const Settings& settings);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // tcp://HOST:PORT, unix:PATH, udp://HOST:PORT. The address with the port that the system chose for 0. Throws
  // std::system_error.
  eddy::Address listen(std::string_view url);

  const State& state() const { return state_; }

 private:
  void sweep();

  eddy::Loop& loop_;
  State state_;
  StreamWorker worker_;
  std::vector<std::unique_ptr<eddy::ListenerBase>> listeners_;
  eddy::Timer sweeper_;
};

}  // namespace cache
