// PoolWorld: several loops on as many threads, run again and again, on which a seed decides what comes and goes.
// Besides what World says of each connection:
//
//  - whoever is handed over is served, also when the loop that it was meant for has closed its listener;
//  - every place is given back;
//  - what is destroyed between two runs is gone, whatever loop it was on.
#pragma once

#include <reactor/datagram.h>
#include <reactor/pool_listener.h>

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <string>

#include "../support/raw_socket.h"
#include "stream_bytes.h"

namespace eddy::test {

// Greets with a byte, and sends back what comes.
struct GreetingEcho {
  ReceivedBytes received;

  static void on_open(Connection& peer);
  std::size_t on_data(Connection& peer, Bytes in);
};

class PoolWorld {
 public:
  PoolWorld(std::string driver, std::uint32_t seed);
  void run();

 private:
  struct Deaf;
  struct Client {
    Client(const Address& to, Key key) : socket(to), sent(key) {}
    RawSocket socket;
    SentBytes sent;
    ReceivedBytes received;
    bool greeted = false;
    bool over = false;
  };

  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  // On the clients' thread, while the pool runs.
  void clients_act();
  void hear(Client& client);
  void finish_clients();
  // On the pool's thread, between runs.
  void one_run(void (PoolWorld::*clients)());
  void come_and_go();

  std::mt19937 random_;
  const std::uint32_t seed_;
  const std::string driver_;
  LoopPool pool_;
  Spread spread_ = Spread::handoff;
  std::unique_ptr<PoolListener<GreetingEcho>> listener_;
  std::list<Client> clients_;
};

}  // namespace eddy::test
