#include "world.h"

#include <gtest/gtest.h>
#include <reactor/driver/sockaddr.h>
#include <reactor/driver/socket_calls.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "../support/descriptors.h"
#include "../support/loop_until.h"

namespace eddy::test {

using namespace std::chrono_literals;

World::World(std::string driver, std::uint32_t seed, std::string folder)
    : random_(seed), descriptors_(open_descriptors()), folder_(std::move(folder)) {
  tight_ = one_in(3);
  options_ = some_options();
  loop_ = std::make_unique<Loop>(
      LoopOptions{.driver = std::move(driver), .memory_budget = tight_ ? 150'000 + below(200'000) : 64'000'000});
  loop_->on_exception([](std::exception_ptr) {});
  for (std::size_t i = 0; i < 3; ++i) {
    const auto address = i == 2 ? "unix:" + folder_ + "/listener" : std::string("tcp://127.0.0.1:0");
    listeners_.push_back(std::make_unique<Listener<WorldSession>>(
        *loop_, address,
        [this] {
          return WorldSession{this, &new_end(some_manner())};
        },
        ListenOptions{.connection = options_}));
  }
}

ConnectionOptions World::some_options() {
  ConnectionOptions options;
  options.low_mark = 8'192;
  options.high_mark = 16'384 + below(100'000);
  options.output_cap = options.high_mark + 32'768 + below(300'000);
  if (one_in(3)) options.linger_timeout = std::chrono::milliseconds(below(20));
  return options;
}

// Whoever keeps input while others have the whole budget is reset: that is what the budget says.
Manner World::some_manner() {
  constexpr Manner manners[] = {Manner::wild, Manner::reader, Manner::echo, Manner::oversize};
  return manners[below(tight_ ? 3 : 4)];
}

Key World::new_key() {
  const Key key = Key{random_()} << 32 | random_() | 1;
  return key;
}

End& World::new_end(Manner manner) { return ends_.emplace_back(manner, new_key()); }

End* World::end_of(Key key) {
  for (auto& end : ends_) {
    if (end.received.knows_key() && end.received.key() == key) return &end;
  }
  return nullptr;
}

void World::step() {
  switch (below(16)) {
    case 0:
    case 1: return add_peer();
    case 2: return add_connection();
    case 3:
    case 4:
    case 5:
    case 6:
      if (!peers_.empty()) peer_acts(*std::next(peers_.begin(), static_cast<std::ptrdiff_t>(below(peers_.size()))));
      return;
    case 7:
      if (!ends_.empty()) {
        auto& end = ends_[below(ends_.size())];
        auto* connection = loop_->find(end.id);
        if (connection != nullptr && end.manner == Manner::wild) do_anything(*connection, end);
        if (connection != nullptr && end.manner == Manner::reader) send_some(*connection, end, 1 + below(50'000));
      }
      return;
    case 8:
      if (one_in(6)) connect_to_nobody();
      if (one_in(6)) abort_senders();
      return;
    default: return turn();
  }
}

void World::turn() {
  if (one_in(6)) {
    loop_->post([this] { loop_->stop(); });
    loop_->run();
  } else {
    loop_->run_once(one_in(2) ? loop_->clock() : deadline_after(loop_->clock(), 200us));
  }
}

void World::add_peer() {
  if (peers_.size() >= 40) return;
  const auto& address = listeners_[below(listeners_.size())]->address();
  auto& peer = peers_.emplace_back(address, new_key(), one_in(4) ? 16'384 : 0);
  peer.silent = one_in(2);
  // With Nagle's algorithm a reset would take words along that have not left yet.
  driver::set_option(peer.socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, 1);
  say(peer, sizeof(Key));
}

void World::add_connection() {
  if (ends_.size() >= 80) return;
  const auto& address = listeners_[below(listeners_.size())]->address();
  auto& end = new_end(Manner::wild);
  ConnectOptions options{.connection = options_};
  if (address.is_unix_path() && one_in(2)) {
    options.source = "unix:" + folder_ + "/source" + std::to_string(ends_.size());
  }
  end.begun = true;
  connect<WorldSession>(
      *loop_, address.to_string(),
      [&] {
        return WorldSession{this, &end};
      },
      options);
}

// Its source is a file, which is to go with it.
void World::connect_to_nobody() {
  auto& end = new_end(Manner::wild);
  end.begun = true;
  connect<WorldSession>(*loop_, "unix:" + folder_ + "/nobody",
                        [&] {
                          return WorldSession{this, &end};
                        },
                        {.source = "unix:" + folder_ + "/lost" + std::to_string(ends_.size())});
}

void World::peer_acts(RawPeer& peer) {
  if (peer.gone) return;
  switch (below(12)) {
    case 0: return reset(peer);
    case 1: peer.silent = !peer.silent; return;
    case 2:
      if (auto* end = end_of(peer.sent.key()); end != nullptr && end->manner == Manner::wild) {
        peer.gone = true;
        peer.socket.close();
      }
      return;
    case 3: return say(peer, 1 + below(100'000));
    case 4:
    case 5:
    case 6: return say(peer, 1 + below(3'000));
    default:
      if (!peer.silent) hear(peer, 1 + below(50'000));
  }
}

void World::say(RawPeer& peer, std::size_t count) { peer.sent.commit(peer.socket.send_some(peer.sent.next(count))); }

void World::hear(RawPeer& peer, std::size_t most) {
  const auto bytes = peer.socket.read_some(most);
  EXPECT_TRUE(peer.received.fits(bytes)) << "bytes that nobody has sent to this peer";
  const bool knew = peer.received.knows_key();
  peer.received.consume(bytes);
  if (knew || !peer.received.knows_key()) return;
  const auto key = peer.received.key();
  const bool issued = key == peer.sent.key() ||
                      std::any_of(ends_.begin(), ends_.end(), [&](const End& end) { return end.sent.key() == key; });
  EXPECT_TRUE(issued) << "a stream that is nobody's";
  EXPECT_TRUE(claimed_.insert(key).second) << "a stream that somebody else has read";
}

// The last words of a peer that resets at once are heard by a reader: all of them are in the kernel's buffer by then.
void World::reset(RawPeer& peer) {
  auto* end = end_of(peer.sent.key());
  if (end == nullptr || end->closed) return;
  if (end->manner != Manner::wild && end->manner != Manner::reader) return;
  if (end->manner == Manner::reader && peer.sent.count() > end->received.count() + 2'000) return;
  if (end->manner == Manner::reader) {
    say(peer, 1 + below(2'000));
    resets_.push_back(peer.sent.key());
    said_before_reset_.push_back(peer.sent.count());
  }
  peer.gone = true;
  peer.socket.close_with_reset();
  // And at the same time something is sent to it.
  if (auto* connection = loop_->find(end->id)) send_some(*connection, *end, 16'384 + below(40'000));
}

// More of them at once than one wait delivers, half of which are closed while what came for them is not delivered yet.
void World::crowd_at_a_stop() {
  struct Crowd {
    std::vector<std::pair<Id, ReceivedBytes>> all;
    bool first = true;
  } crowd;
  struct Member {
    World* world;
    Crowd* crowd;
    std::size_t index = 0;
    void on_open(Connection& peer) {
      index = crowd->all.size();
      crowd->all.emplace_back(peer.id(), ReceivedBytes());
      peer.pause();
    }
    void on_data(Connection& peer, Bytes in) {
      EXPECT_TRUE(crowd->all[index].second.fits(in)) << "bytes of another connection";
      crowd->all[index].second.consume(in);
      if (!std::exchange(crowd->first, false)) return;
      for (auto& [id, received] : crowd->all) {
        auto* connection = peer.loop().find(id);
        if (connection != nullptr && world->one_in(3)) connection->abort();
      }
      peer.loop().stop();
    }
  };
  constexpr std::size_t size = 1'300;
  const Listener<Member> listener(*loop_, "tcp://127.0.0.1:0", [&] { return Member{this, &crowd}; });
  std::vector<RawSocket> sockets;
  std::vector<Key> keys;
  for (std::size_t i = 0; i < size; ++i) {
    sockets.emplace_back(listener.address());
    keys.push_back(new_key());
    sockets.back().send(SentBytes(keys.back()).next(20 + below(30)));
    if (i % 50 == 0) turn();
  }
  ASSERT_TRUE(turn_until(*loop_, [&] { return crowd.all.size() == size; }));
  for (const auto& [id, received] : crowd.all) {
    if (auto* connection = loop_->find(id)) connection->resume();
  }
  loop_->run();
  loop_->post([this] { loop_->stop(); });
  loop_->run();
  ASSERT_TRUE(turn_until(*loop_, [&] {
    return std::all_of(crowd.all.begin(), crowd.all.end(),
                       [&](const auto& each) { return loop_->find(each.first) == nullptr || each.second.knows_key(); });
  }));
  const std::set<Key> known(keys.begin(), keys.end());
  std::set<Key> seen;
  for (const auto& [id, received] : crowd.all) {
    if (!received.knows_key()) continue;
    EXPECT_TRUE(known.contains(received.key()) && seen.insert(received.key()).second) << "bytes of another connection";
    if (auto* connection = loop_->find(id)) connection->abort();
  }
  ASSERT_TRUE(turn_until(*loop_, [&] {
    return std::all_of(crowd.all.begin(), crowd.all.end(),
                       [&](const auto& each) { return loop_->find(each.first) == nullptr; });
  }));
}

void World::watch_twice() {
  auto& watching = watches_.emplace_back();
  const auto descriptor = watching.sockets.first.descriptor();
  watching.watch = loop_->watch(descriptor, one_in(2) ? Interest::none : Interest::read, [&](Ready) {
    watching.called = true;
    watching.watch->set_interest(Interest::none);
  });
  try {
    const auto second = loop_->watch(descriptor, one_in(2) ? Interest::none : Interest::read, [](Ready) {});
    turn();
    if (one_in(2)) watching.watch->set_interest(Interest::read);
    turn();
  } catch (const std::system_error&) {
  }
  watching.sockets.second.send("x");
}

// Silent peers that have the whole budget, and others whose requests are kept meanwhile, more than the budget.
void World::pile_up() {
  for (std::size_t i = 0; i < 20; ++i) add_peer();
  for (int i = 0; i < 30; ++i) {
    for (auto& peer : peers_) peer.silent = true;
    for (auto& end : ends_) {
      auto* connection = loop_->find(end.id);
      if (connection != nullptr && end.manner == Manner::reader) send_some(*connection, end, 15'000);
    }
    turn();
  }
  for (auto& peer : peers_) {
    if (!peer.gone) say(peer, 30'000);
  }
  for (int i = 0; i < 10; ++i) turn();
  if (one_in(2)) abort_senders();
}

// Who has something queued ends just before the loop stops, so that the end of the run frees it. Those whose peers have
// reset are to hear the last words.
void World::abort_senders() {
  loop_->post([this] {
    const auto sender = [this](const End* end) {
      auto* connection = end == nullptr ? nullptr : loop_->find(end->id);
      return connection != nullptr && connection->queued() > 0 ? connection : nullptr;
    };
    for (auto& peer : peers_) {
      auto* connection = peer.gone ? nullptr : sender(end_of(peer.sent.key()));
      if (connection == nullptr) continue;
      peer.gone = true;
      connection->abort();
    }
    for (const auto& end : ends_) {
      auto* connection = end.manner == Manner::wild ? sender(&end) : nullptr;
      if (connection != nullptr) connection->abort();
    }
    loop_->stop();
  });
  loop_->run();
  expect_memory_feeds();
}

// A receiver that takes nothing, and one whom a sender must not wait for because of it.
void World::fill_datagrams() {
  for (const auto* name : {"/deaf", "/sender"}) {
    datagrams_.push_back(std::make_unique<Datagram<DeafClerk>>(*loop_, "unixgram:" + folder_ + name));
  }
  datagrams_[0]->pause();
  for (int i = 0; i < 400; ++i) datagrams_[1]->send_to(datagrams_[0]->address(), std::string(1 + below(500), 'd'));
}

void World::run() {
  if (one_in(4)) watch_twice();
  if (one_in(4)) fill_datagrams();
  const auto steps = 20 + below(200);
  for (std::size_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) step();
  if (tight_ && one_in(2)) pile_up();
  if (one_in(25)) crowd_at_a_stop();
  if (testing::Test::HasFailure()) return;
  if (one_in(3)) {
    // The loop ends in the middle of everything; what its peers do at that moment is not told any more.
    for (auto& peer : peers_) {
      if (!peer.gone && one_in(2)) peer.socket.finish();
    }
    if (one_in(2)) {
      loop_->post([this] { loop_->stop(); });
      loop_->run();
    }
  } else {
    expect_all_get_on();
    expect_quiet();
    if (one_in(2)) {
      for (auto& peer : peers_) peer.socket.close();
      datagrams_.clear();
      loop_->drain(10s);
      while (loop_->draining()) loop_->run();  // a session may have called stop() before
      EXPECT_TRUE(
          std::none_of(ends_.begin(), ends_.end(), [](const End& end) { return end.why == Errc::drain_deadline; }));
      EXPECT_EQ(loop_->stats().open, 0U);
      EXPECT_EQ(loop_->stats().memory, 0U) << "nothing is held for anybody";
    }
  }
  watches_.clear();
  datagrams_.clear();
  listeners_.clear();
  peers_.clear();
  healing_ = true;
  loop_.reset();
  for (const auto& end : ends_) EXPECT_TRUE(end.closed || !end.begun) << "no on_close";
  EXPECT_TRUE(std::filesystem::is_empty(folder_)) << std::filesystem::directory_iterator(folder_)->path();
  EXPECT_LE(open_descriptors(), descriptors_);
}

}  // namespace eddy::test
