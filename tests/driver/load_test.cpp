// Megabytes through streams that pause and resume at random, and turns with more work than a driver's queues hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include "raw_peers.h"

namespace eddy::test {
namespace {

// What stream number `stream` has from that place on. It is computed once for all: an unoptimised build on an emulated
// processor needs longer for a byte of it than for sending one.
std::string_view piece_of(std::size_t stream, std::size_t place, std::size_t size) {
  static std::string all;
  const auto begin = place + stream * 101;
  while (all.size() < begin + size) all += static_cast<char>(all.size() * 2654435761U >> 13 & 0xff);
  return std::string_view(all).substr(begin, size);
}

class LoadOnDriver : public DriverTest {
 protected:
  struct Pair {
    explicit Pair(driver::Driver& of) : ours(of), theirs(of) {}
    TestStream ours;
    TestStream theirs;
    std::size_t sent = 0;
    std::size_t verified = 0;
    bool wrong = false;
    bool on = true;
  };
  Pair& pair(std::size_t index) { return *pairs_[index]; }

  void make_pairs(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& one = *pairs_.emplace_back(std::make_unique<Pair>(*driver_));
      connect_pair(one.ours, one.theirs);
      ASSERT_FALSE(HasFatalFailure());
      one.theirs.on_data = [this, i] { verify(i); };
    }
  }
  void TearDown() override {
    for (auto& one : pairs_) {
      one->ours.close(pool_);
      one->theirs.close(pool_);
    }
  }

  void verify(std::size_t index) {
    auto& one = pair(index);
    const auto& received = one.theirs.received;
    one.wrong |= received != piece_of(index, one.verified, received.size());
    one.verified += received.size();
    one.theirs.received.clear();
  }
  void send_piece(std::size_t index, std::size_t size) {
    auto& one = pair(index);
    send(one.ours, piece_of(index, one.sent, size));
    one.sent += size;
  }

  std::vector<std::unique_ptr<Pair>> pairs_;
};
INSTANTIATE_TEST_SUITE_P(Drivers, LoadOnDriver, each_driver(), driver_of);

TEST_P(LoadOnDriver, PausesAtRandomLoseNoByteOfMegabytes) {
  constexpr std::size_t count = 24;
  constexpr std::size_t total = 1'500'000;
  make_pairs(count);
  std::mt19937 random(4711);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  // From inside a delivery, too.
  for (std::size_t i = 0; i < count; ++i) {
    pair(i).theirs.on_data = [&, i] {
      verify(i);
      if (below(4) == 0) driver_->receive(pair(i).theirs, pair(i).on = false);
    };
  }
  const auto all_there = [&] {
    return std::all_of(pairs_.begin(), pairs_.end(), [](const auto& one) { return one->verified == total; });
  };
  const auto give_up = driver_->clock() + std::chrono::seconds(60);
  while (!all_there() && driver_->clock() < give_up) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& one = pair(i);
      if (one.sent < total && one.ours.output.size() < 200'000) {
        send_piece(i, std::min(total - one.sent, 1 + below(150'000)));
      }
      if (below(3) == 0) driver_->receive(one.theirs, one.on = below(3) != 0);
      // Changed mind: what is under way meets its own cancellation.
      if (below(10) == 0) {
        driver_->receive(one.theirs, !one.on);
        driver_->receive(one.theirs, one.on);
      }
    }
    driver_->wait(driver_->now() + std::chrono::milliseconds(1));
  }
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(pair(i).verified, total) << i;
    EXPECT_FALSE(pair(i).wrong) << i;
    EXPECT_EQ(pair(i).theirs.failures + pair(i).ours.failures, 0) << i;
  }
}

TEST_P(LoadOnDriver, ThousandsReadyAndSentToInOneWaitAreAllServed) {
  constexpr std::size_t count = 1'500;
  make_pairs(count);
  for (int i = 0; i < 5; ++i) driver_->wait(driver_->now());
  for (int round = 0; round < 3; ++round) {
    // Both ways, all in one turn.
    for (std::size_t i = 0; i < count; ++i) {
      send_piece(i, 10);
      send(pair(i).theirs, "0123456789");
    }
    const auto expected = static_cast<std::size_t>(round + 1) * 10;
    ASSERT_TRUE(wait_until([&] {
      return std::all_of(pairs_.begin(), pairs_.end(), [&](const auto& one) {
        return one->verified == expected && one->ours.received.size() == expected;
      });
    })) << round;
    // All pause in one turn, and resume in another.
    for (auto& one : pairs_) driver_->receive(one->theirs, false);
    driver_->wait(driver_->now());
    for (auto& one : pairs_) driver_->receive(one->theirs, true);
  }
  for (auto& one : pairs_) EXPECT_FALSE(one->wrong);
  // All end in one turn.
  for (auto& one : pairs_) ASSERT_EQ(driver_->end_output(one->ours, true), std::error_code());
  ASSERT_TRUE(wait_until(
      [&] { return std::all_of(pairs_.begin(), pairs_.end(), [&](const auto& one) { return one->theirs.ended; }); }));
}

// Datagram sockets begin to receive in a turn that asks for thousands of things before and after.
TEST_P(LoadOnDriver, DatagramSocketsAmongThousandsOfStreamsReceiveWhole) {
  // 2,000 that begin to receive, and then these: where a submission queue of 2,048 is full is among them.
  constexpr std::size_t senders = 100;
  constexpr std::size_t count = 1'000 + senders / 2;
  constexpr std::size_t datagram_sockets = 64;
  TestAcceptor acceptor;
  const auto address = listen(acceptor, {.backlog = 100});
  for (std::size_t i = 0; i < count; ++i) {
    auto& one = *pairs_.emplace_back(std::make_unique<Pair>(*driver_));
    ASSERT_EQ(driver_->connect(one.ours, address, nullptr, {}), std::error_code());
    ASSERT_TRUE(wait_until([&] { return one.ours.connected && acceptor.sockets.size() == i + 1; }));
    ASSERT_EQ(driver_->adopt(one.theirs, acceptor.sockets.back()), std::error_code());
  }
  driver_->close(acceptor);
  std::vector<std::unique_ptr<TestDatagrams>> sockets;
  std::vector<Address> addresses;
  for (std::size_t i = 0; i < datagram_sockets; ++i) {
    auto local = Address::parse("udp://127.0.0.1:0");
    ASSERT_EQ(driver_->bind(*sockets.emplace_back(std::make_unique<TestDatagrams>()), local, {}), std::error_code());
    addresses.push_back(local);
  }
  driver_->wait(driver_->now());

  const SharedBytes tail(std::string(100, 't'));
  for (std::size_t i = 0; i < count; ++i) {
    driver_->receive(pair(i).ours, true);
    if (i >= senders) driver_->receive(pair(i).theirs, true);
  }
  for (auto& socket : sockets) driver_->receive(*socket, true);
  for (std::size_t i = 0; i < senders; ++i) {
    // Two pieces: a message header.
    pair(i).theirs.output.append("head", pool_);
    pair(i).theirs.output.append(tail, 0, pool_);
    ASSERT_EQ(driver_->flush(pair(i).theirs), std::error_code());
  }
  driver_->wait(driver_->now());
  auto source = Address::parse("udp://127.0.0.1:0");
  TestDatagrams sender;
  ASSERT_EQ(driver_->bind(sender, source, {}), std::error_code());
  for (std::size_t i = 0; i < datagram_sockets; ++i) sender.queue.append(&addresses[i], "to " + std::to_string(i));
  driver_->flush(sender);
  ASSERT_TRUE(wait_until([&] {
    return std::all_of(sockets.begin(), sockets.end(), [](const auto& socket) { return !socket->received.empty(); });
  }));
  for (std::size_t i = 0; i < datagram_sockets; ++i) {
    EXPECT_EQ(sockets[i]->received.front(), "to " + std::to_string(i));
    EXPECT_EQ(sockets[i]->senders.front(), source);
    EXPECT_TRUE(sockets[i]->failures.empty()) << sockets[i]->failures.front().message();
    driver_->close(*sockets[i]);
  }
  driver_->close(sender);
  const auto expected = "head" + std::string(100, 't');
  ASSERT_TRUE(wait_until([&] {
    for (std::size_t i = 0; i < senders; ++i) {
      if (pair(i).ours.received.size() < expected.size()) return false;
    }
    return true;
  }));
  for (std::size_t i = 0; i < senders; ++i) EXPECT_EQ(pair(i).ours.received, expected);
}

}  // namespace
}  // namespace eddy::test
