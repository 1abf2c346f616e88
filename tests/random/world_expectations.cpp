// What a World's peers, and its loop, may expect when everybody has come to read.
#include <gtest/gtest.h>

#include <algorithm>

#include "../support/loop_until.h"
#include "world.h"

namespace eddy::test {

using namespace std::chrono_literals;

std::string World::what_is_missing(const RawPeer& peer) {
  const auto of = [](std::size_t count, std::size_t all) {
    return std::to_string(count) + " of " + std::to_string(all) + " bytes";
  };
  const auto* end = end_of(peer.sent.key());
  if (end == nullptr) return peer.socket.ended() || peer.socket.reset() ? "" : "a peer that nobody has heard";
  if (end->manner == Manner::wild) return {};
  const auto who = "manner " + std::to_string(static_cast<int>(end->manner)) + ": ";
  if (end->received.count() != peer.sent.count()) return who + "heard " + of(end->received.count(), peer.sent.count());
  const auto answer = end->manner == Manner::echo     ? peer.sent.count()
                      : end->manner == Manner::reader ? end->sent.count()
                                                      : peer.received.count();
  if (peer.received.count() != answer) return who + "answered " + of(peer.received.count(), answer);
  if (end->low_owed && loop_->find(end->id) != nullptr) return who + "waits for on_low";
  return {};
}

bool World::all_is_heard() {
  bool all = true;
  for (auto& peer : peers_) {
    if (peer.gone || peer.socket.reset()) continue;
    hear(peer, 65'536);
    all = all && what_is_missing(peer).empty();
  }
  return all && std::all_of(watches_.begin(), watches_.end(), [](const Watching& each) { return each.called; });
}

// Peers come to read, nobody does anything wild any more: everybody who has said something is heard.
void World::expect_all_get_on() {
  healing_ = true;
  for (auto& end : ends_) {
    auto* connection = loop_->find(end.id);
    if (connection != nullptr && end.manner == Manner::wild) connection->abort();
  }
  for (auto& watching : watches_) watching.watch->set_interest(Interest::read);
  for (auto& peer : peers_) {
    if (!peer.gone) say(peer, 64);
  }
  const bool got_on = turn_until(*loop_, [this] { return all_is_heard(); });
  EXPECT_TRUE(got_on) << "somebody was forgotten";
  for (const auto& peer : peers_) {
    if (got_on || peer.gone) continue;
    EXPECT_EQ(what_is_missing(peer), "");
  }
  for (auto& peer : peers_) {
    const auto* end = end_of(peer.sent.key());
    if (!got_on || peer.gone || end == nullptr || end->manner == Manner::wild) continue;
    EXPECT_FALSE(peer.socket.reset()) << "reset, and it is not its fault: " << end->why.message();
  }
  for (std::size_t i = 0; i < resets_.size(); ++i) {
    const auto* end = end_of(resets_[i]);
    ASSERT_NE(end, nullptr);
    EXPECT_TRUE(turn_until(*loop_, [&] { return end->closed; })) << "its peer has reset it";
    EXPECT_EQ(end->received.count(), said_before_reset_[i]) << "the last words of a peer that reset";
  }
}

// With nothing queued by anybody the one that has waited for longest has room, whatever is kept.
void World::expect_memory_feeds() {
  bool queued = false;
  bool waits = false;
  for (const auto& end : ends_) {
    const auto* connection = loop_->find(end.id);
    if (connection == nullptr) continue;
    queued |= connection->queued() > 0;
    waits |= end.manner != Manner::wild && end.low_owed && !connection->closing();
  }
  const auto before = lows_and_ends_;
  loop_->run_once(loop_->clock());
  EXPECT_TRUE(queued || !waits || lows_and_ends_ > before) << "memory is free, and nobody is told";
}

// A datagram socket whose receivers are full may try again each 2 ms, and hear each time of the room that it left.
void World::expect_quiet() {
  turn_for(*loop_, 5ms);
  const auto turns = loop_->stats().turns;
  turn_for(*loop_, 20ms);
  EXPECT_LT(loop_->stats().turns - turns, 40U) << "a loop with nothing to do";
}

}  // namespace eddy::test
