// What the sessions of a World do in their callbacks, and what each callback may expect.
#include <gtest/gtest.h>

#include <stdexcept>

#include "world.h"

namespace eddy::test {
namespace {

constexpr std::size_t echo_piece = 4096;

}  // namespace

void WorldSession::on_open(Connection& peer) {
  end->id = peer.id();
  world->callback(peer, *end, [&] {
    EXPECT_FALSE(end->opened);
    end->opened = end->begun = true;
    world->act(peer, *end);
  });
}

std::size_t WorldSession::on_data(Connection& peer, Bytes in) {
  std::size_t consumed = in.size();
  world->callback(peer, *end, [&] {
    EXPECT_TRUE(end->opened);
    EXPECT_TRUE(!end->end_told || peer.kept() > 0) << "data behind the end that had not arrived before it";
    EXPECT_FALSE(peer.paused());
    EXPECT_TRUE(end->received.fits(in)) << "bytes that nobody has sent here";
    switch (end->manner) {
      case Manner::reader: break;
      case Manner::echo: consumed = world->echo(peer, *end, in); break;
      case Manner::oversize:
        EXPECT_EQ(peer.send(std::string(peer.options().output_cap + 1, 'x')), SendResult::refused);
        if (in.size() < 64 && !world->healing_) consumed = 0;
        break;
      case Manner::wild:
        if (world->healing_) break;
        if (world->one_in(3)) consumed = world->below(in.size() + 1);
        if (world->one_in(500)) consumed = in.size() + 1;
        break;
    }
    end->received.consume(in.first(consumed));
    world->act(peer, *end);
  });
  return consumed;
}

void WorldSession::on_end(Connection& peer) {
  world->callback(peer, *end, [&] {
    EXPECT_FALSE(end->end_told);
    end->end_told = true;
    world->act(peer, *end);
    if (end->manner != Manner::wild || world->healing_) peer.close();
  });
}

void WorldSession::on_high(Connection& peer) {
  world->callback(peer, *end, [&] { world->act(peer, *end); });
}

void WorldSession::on_low(Connection& peer) {
  end->low_owed = false;
  ++world->lows_and_ends_;
  world->callback(peer, *end, [&] { world->act(peer, *end); });
}

void WorldSession::on_drain(Connection& peer) {
  world->callback(peer, *end, [&] {
    world->act(peer, *end);
    if (world->healing_) peer.close();
  });
}

void WorldSession::on_close(Connection& peer, std::error_code why) {
  if (end->id == Id{}) end->id = peer.id();
  ++world->lows_and_ends_;
  world->callback(peer, *end, [&] {
    end->why = why;
    end->closed = true;
    if (world->one_in(4)) world->act(peer, *end);
  });
}

template <class Body>
void World::callback(Connection& peer, End& end, Body body) {
  EXPECT_EQ(depth_, 0) << "a callback inside a callback";
  EXPECT_FALSE(end.closed) << "a callback behind on_close";
  EXPECT_EQ(end.id, peer.id());
  ++depth_;
  try {
    body();
  } catch (...) {
    --depth_;
    throw;
  }
  --depth_;
}

void World::act(Connection& peer, End& end) {
  if (healing_) return;
  if (end.manner == Manner::reader && one_in(4)) send_some(peer, end, 1 + below(one_in(6) ? 60'000 : 3'000));
  if (end.manner == Manner::wild) {
    while (one_in(2)) do_anything(peer, end);
  }
  // To another one, from inside this one's callback.
  if (one_in(4)) {
    auto& other = ends_[below(ends_.size())];
    auto* connection = loop_->find(other.id);
    if (connection != nullptr && other.manner == Manner::wild) do_anything(*connection, other);
    if (connection != nullptr && other.manner == Manner::reader) send_some(*connection, other, 1 + below(30'000));
  }
  // From a wild one's callback alone: the connection ends, and that is part of its contract.
  if (end.manner == Manner::wild && one_in(120)) throw std::runtime_error("thrown by a session");
}

void World::do_anything(Connection& peer, End& end) {
  switch (below(20)) {
    case 0: peer.close(); break;
    case 1: peer.close(std::make_error_code(std::errc::no_message)); break;
    case 2: peer.abort(); break;
    case 3: peer.finish(); break;
    case 4:
    case 5: peer.pause(); break;
    case 6:
    case 7:
    case 8: peer.resume(); break;
    case 9: peer.set_options(options_); break;
    case 10:
      loop_->post([this, id = peer.id()] {
        if (auto* again = loop_->find(id)) again->resume();
      });
      break;
    case 11: loop_->stop(); break;
    case 12: send_some(peer, end, 1 + below(200'000)); break;
    default: send_some(peer, end, 1 + below(5'000)); break;
  }
}

void World::send_some(Connection& peer, End& end, std::size_t count) {
  if (peer.closing()) return;
  const auto bytes = end.sent.next(count);
  const Bytes all = bytes;
  SendResult result{};
  switch (below(3)) {
    case 0: result = peer.send(all); break;
    case 1: result = peer.send({all.first(count / 2), all.without_first(count / 2)}); break;
    default: result = peer.send(SharedBytes(all)); break;
  }
  if (result != SendResult::refused) return end.sent.commit(count);
  if (!peer.closing() && count <= options_.low_mark) end.low_owed = true;
}

std::size_t World::echo(Connection& peer, End& end, Bytes in) {
  std::size_t taken = 0;
  while (taken < in.size()) {
    const auto piece = in.without_first(taken).first(echo_piece);
    if (peer.send(piece) == SendResult::refused) {
      if (!peer.closing()) end.low_owed = true;
      break;
    }
    taken += piece.size();
  }
  return taken;
}

}  // namespace eddy::test
