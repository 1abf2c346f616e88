#include "pool_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "../support/loop_until.h"

namespace eddy::test {

using namespace std::chrono_literals;

void GreetingEcho::on_open(Connection& peer) { peer.send("g"); }

std::size_t GreetingEcho::on_data(Connection& peer, Bytes in) {
  EXPECT_TRUE(received.fits(in)) << "bytes of another connection";
  if (peer.send(in) == SendResult::refused) return 0;
  received.consume(in);
  return in.size();
}

struct PoolWorld::Deaf {
  static void on_data(Connection& /*peer*/, Bytes /*in*/) {}
  static void on_datagram(DatagramSocket& /*socket*/, Bytes /*in*/, const Address& /*from*/) {}
};

PoolWorld::PoolWorld(std::string driver, std::uint32_t seed)
    : random_(seed), seed_(seed), driver_(std::move(driver)), pool_(2 + below(2), {.driver = driver_}) {
  if (one_in(4)) spread_ = Spread::exclusive;
  listener_ = std::make_unique<PoolListener<GreetingEcho>>(pool_, "tcp://127.0.0.1:0", ListenOptions{}, spread_);
}

void PoolWorld::hear(Client& client) {
  auto bytes = client.socket.read_some();
  if (!client.greeted && !bytes.empty()) {
    EXPECT_EQ(bytes.front(), 'g');
    client.greeted = true;
    bytes.erase(0, 1);
  }
  EXPECT_TRUE(client.received.fits(bytes)) << "bytes of another connection";
  client.received.consume(bytes);
  if (!client.socket.ended() && !client.socket.reset()) return;
  client.over = true;
  EXPECT_TRUE(client.greeted || spread_ != Spread::handoff) << "closed unserved";
}

void PoolWorld::clients_act() {
  const auto actions = 10 + below(60);
  for (std::size_t i = 0; i < actions; ++i) {
    if (clients_.size() < 30 && one_in(3)) {
      const auto key = Key{random_()} << 32 | random_();
      auto& client = clients_.emplace_back(listener_->address(), key);
      client.sent.commit(client.socket.send_some(client.sent.next(8)));
      continue;
    }
    if (clients_.empty()) continue;
    auto& client = *std::next(clients_.begin(), static_cast<std::ptrdiff_t>(below(clients_.size())));
    if (client.over) continue;
    switch (below(6)) {
      case 0:
        if (!client.greeted) break;
        client.over = true;
        one_in(2) ? client.socket.close() : client.socket.close_with_reset();
        break;
      case 1: std::this_thread::sleep_for(100us); break;
      case 2:
      case 3: client.sent.commit(client.socket.send_some(client.sent.next(1 + below(20'000)))); break;
      default: hear(client);
    }
  }
  // A loop that drains alone closes its listener, and ends the run when its last connection has ended.
  if (one_in(4)) {
    pool_.remote(1).post([this] { pool_[1].drain(20ms); });
    for (int i = 0; i < 5; ++i) clients_.emplace_back(listener_->address(), Key{random_()});
    std::this_thread::sleep_for(1ms);
    return;
  }
  pool_.stop();
}

// All that was said is answered, and all places are given back.
void PoolWorld::finish_clients() {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  const auto in_time = [&] { return std::chrono::steady_clock::now() < give_up; };
  for (auto& client : clients_) {
    while (!client.over && (!client.greeted || client.received.count() < client.sent.count()) && in_time()) {
      hear(client);
    }
    EXPECT_TRUE(client.over || (client.greeted && client.received.count() == client.sent.count())) << "forgotten";
    client.socket.close();
  }
  clients_.clear();
  while (listener_->connections() > 0 && in_time()) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(listener_->connections(), 0U) << "places that nobody has";
  pool_.stop();
}

void PoolWorld::one_run(void (PoolWorld::*clients)()) {
  std::thread thread([this, clients] {
    SCOPED_TRACE(driver_ + ", seed " + std::to_string(seed_));  // each thread has its own
    (this->*clients)();
  });
  pool_.run();
  thread.join();
}

void PoolWorld::come_and_go() {
  auto& loop = pool_[below(pool_.size())];
  std::optional<Listener<Deaf>> listener(std::in_place, loop, "tcp://127.0.0.1:0");
  std::optional<Datagram<Deaf>> datagrams(std::in_place, loop, "udp://127.0.0.1:0");
  auto sockets = socket_pair();
  std::optional<Watch> watch = loop.watch(sockets.first.descriptor(), Interest::read, [](Ready) {});
  const auto tcp = listener->address().to_string();
  const auto udp = datagrams->address().to_string();
  one_run(&PoolWorld::clients_act);
  listener.reset();
  datagrams.reset();
  watch.reset();
  sockets.first.close();
  Loop other({.driver = driver_});
  EXPECT_NO_THROW({
    const Listener<Deaf> next(other, tcp);
    const Datagram<Deaf> next_datagrams(other, udp);
  });
  EXPECT_TRUE(sockets.second.wait_readable(10s)) << "a descriptor that was watched is still open";
}

void PoolWorld::run() {
  const auto rounds = 1 + below(3);
  for (std::size_t i = 0; i < rounds; ++i) {
    if (one_in(2)) {
      one_run(&PoolWorld::clients_act);
    } else {
      come_and_go();
    }
  }
  if (one_in(3)) return;  // the pool ends with connections open
  one_run(&PoolWorld::finish_clients);
}

}  // namespace eddy::test
