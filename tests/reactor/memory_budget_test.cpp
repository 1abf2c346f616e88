// The memory budget against a model: whatever sessions do, somebody always gets on_low.
#include <gtest/gtest.h>
#include <reactor/memory_budget.h>
#include <reactor/output_queue.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace eddy::test {
namespace {

constexpr std::size_t limit = 100'000;

struct Peer {
  OutputQueue output;
  Block* kept = nullptr;
  std::size_t wants = 0;  // waits in line for so much
  bool told = false;      // passed, and has not sent yet
};

class Model {
 public:
  explicit Model(std::uint32_t seed) : random_(seed), peers_(2 + below(40)) {}
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  ~Model() {
    for (auto& peer : peers_) {
      peer.output.clear(pool_);
      if (peer.kept != nullptr) budget_.give_back_input(peer.kept);
    }
  }

  void step() {
    const auto index = below(peers_.size());
    auto& peer = peers_[index];
    switch (below(8)) {
      case 0: return leave(index);
      case 1:
      case 2: return peer.output.consume(below(peer.output.size() + 1), pool_);
      case 3: return pass();
      default: return send(index);
    }
  }

  // From here on peers read: all that waits gets on_low, one after the other.
  void drain_and_expect_on_low_for_all() {
    for (auto& peer : peers_) peer.output.clear(pool_);
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (peers_[i].told) answer(i);
    }
    std::size_t waiting = 0;
    for (const auto& peer : peers_) waiting += peer.wants > 0 ? 1 : 0;
    for (std::size_t turn = 0; turn <= waiting; ++turn) {
      pass();
      for (std::size_t i = 0; i < peers_.size(); ++i) {
        if (peers_[i].told) answer(i);
        peers_[i].output.clear(pool_);
      }
    }
    for (const auto& peer : peers_) EXPECT_EQ(peer.wants, 0U);
    EXPECT_FALSE(budget_.may_pass());
    EXPECT_EQ(budget_.output(), 0U);
  }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  static Id id_of(std::size_t index) { return {.slot = static_cast<std::uint32_t>(index), .generation = 1}; }

  void send(std::size_t index) {
    auto& peer = peers_[index];
    if (peer.wants > 0) return;  // waits for on_low
    if (peer.told) return answer(index);
    const auto size = 1 + below(below(10) == 0 ? limit : 5'000);
    if (budget_.admits_output(id_of(index), peer.output.size(), size)) {
      peer.output.append(std::string(size, 'x'), pool_);
      return;
    }
    budget_.await(id_of(index), size);
    peer.wants = size;
    // What could not be answered is kept, and may pass the budget.
    if (peer.kept == nullptr) peer.kept = budget_.take_input(1 + below(20'000));
  }

  void pass() {
    for (auto id = budget_.pass(); id != Id{}; id = budget_.pass()) {
      peers_[id.slot].told = true;
    }
  }

  // on_low: what it waited for is taken, whatever others have asked for since it passed.
  void answer(std::size_t index) {
    auto& peer = peers_[index];
    EXPECT_TRUE(budget_.admits_output(id_of(index), peer.output.size(), peer.wants)) << "the room was kept free";
    budget_.forget(id_of(index));
    if (below(4) > 0) peer.output.append(std::string(peer.wants - std::min<std::size_t>(peer.wants, 600), 'y'), pool_);
    if (peer.kept != nullptr) budget_.give_back_input(std::exchange(peer.kept, nullptr));
    peer.wants = 0;
    peer.told = false;
  }

  void leave(std::size_t index) {
    auto& peer = peers_[index];
    budget_.forget(id_of(index));
    peer.output.clear(pool_);
    if (peer.kept != nullptr) budget_.give_back_input(std::exchange(peer.kept, nullptr));
    peer.wants = 0;
    peer.told = false;
  }

  std::mt19937 random_;
  BlockPool pool_;
  MemoryBudget budget_{limit, pool_};
  std::vector<Peer> peers_;
};

TEST(MemoryBudgetModel, SomebodyAlwaysGetsOnLow) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Model model(seed);
    for (int i = 0; i < 400; ++i) model.step();
    model.drain_and_expect_on_low_for_all();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(MemoryBudgetLine, IsInTheOrderOfAskingAndSkipsWhoLeaves) {
  BlockPool pool;
  MemoryBudget budget(limit, pool);
  OutputQueue output;
  output.append(std::string(limit - 10'000, 'x'), pool);
  const Id first{.slot = 1, .generation = 1};
  const Id second{.slot = 2, .generation = 1};
  const Id third{.slot = 3, .generation = 1};
  const Id fourth{.slot = 4, .generation = 1};
  budget.await(first, 50'000);
  budget.await(second, 60'000);
  budget.await(third, 1'000);
  EXPECT_EQ(budget.pass(), Id{}) << "a small one does not overtake the front";
  budget.forget(second);
  output.clear(pool);
  EXPECT_EQ(budget.pass(), first);
  EXPECT_EQ(budget.pass(), third);
  EXPECT_EQ(budget.pass(), Id{});
  EXPECT_FALSE(budget.admits_output(fourth, 0, 10'000)) << "room is kept for who has passed";
  budget.forget(first);
  EXPECT_TRUE(budget.admits_output(fourth, 0, 10'000));
  budget.forget(third);
}

TEST(MemoryBudgetLine, LargeOneThatCannotPassYetKeepsNoSmallOneWaiting) {
  BlockPool pool;
  MemoryBudget budget(limit, pool);
  OutputQueue silent;
  silent.append(std::string(limit / 2, 'x'), pool);
  const Id large{.slot = 1, .generation = 1};
  const Id larger{.slot = 2, .generation = 1};
  const Id small{.slot = 3, .generation = 1};
  const Id smaller{.slot = 4, .generation = 1};
  budget.await(large, limit / 3);
  budget.await(larger, limit / 2);
  OutputQueue burst;
  burst.append(std::string(limit / 2 - 5'000, 'y'), pool);
  budget.await(small, 1'100);
  budget.await(smaller, 1'050);
  EXPECT_EQ(budget.pass(), Id{});
  burst.clear(pool);
  ASSERT_TRUE(budget.admits_output({}, 0, 1'100)) << "a newcomer's is taken";
  EXPECT_EQ(budget.pass(), small);
  EXPECT_EQ(budget.pass(), smaller);
  EXPECT_EQ(budget.pass(), Id{}) << "the silent one is still there";
  silent.clear(pool);
  EXPECT_EQ(budget.pass(), large);
  for (const auto id : {large, larger, small, smaller}) budget.forget(id);
  EXPECT_FALSE(budget.may_pass());
}

TEST(MemoryBudgetLine, KeptInputNeverKeepsOutputFromBeingQueued) {
  BlockPool pool;
  MemoryBudget budget(limit, pool);
  auto* kept = budget.take_input(3 * limit);
  EXPECT_FALSE(budget.admits_input(1));
  EXPECT_TRUE(budget.admits_output({}, 0, limit));
  OutputQueue output;
  output.append(std::string(1'000, 'x'), pool);
  EXPECT_TRUE(budget.admits_output({}, 0, 2'000));
  EXPECT_FALSE(budget.admits_output({}, 0, limit / 2));
  output.clear(pool);
  budget.give_back_input(kept);
  EXPECT_EQ(pool.in_use(), 0U);
}

// Of 32 that each took what one may have, nothing was left for the next.
TEST(MemoryBudgetShare, OfThoseWhoReadNothingLeavesRoomForAllOthers) {
  struct Crowd {
    std::size_t peers;
    std::size_t room_left;  // for the next
  };
  for (const auto& [peers, room_left] : {Crowd{1, 16 << 20}, Crowd{40, 1 << 20}, Crowd{1'000, 2'000}}) {
    BlockPool pool;
    MemoryBudget budget(512 << 20, pool);
    std::vector<OutputQueue> queues(peers);
    for (auto& queue : queues) {
      for (std::size_t piece = 64 * 1024; piece >= 64; piece /= 2) {
        while (queue.size() < 16 << 20 && budget.admits_output({}, queue.size(), piece)) {
          queue.append(std::string(piece, 'x'), pool);
        }
      }
    }
    EXPECT_GE(queues.front().size(), 16U << 20) << "one alone may have much";
    EXPECT_TRUE(budget.admits_output({}, 0, room_left)) << peers;
    for (auto& queue : queues) queue.clear(pool);
  }
}

TEST(MemoryBudgetShare, OfLargeSendsInTheLineIsThreeQuarters) {
  BlockPool pool;
  MemoryBudget budget(limit, pool);
  OutputQueue output;
  output.append(std::string(1'000, 'x'), pool);
  const Id large{.slot = 1, .generation = 1};
  EXPECT_FALSE(budget.admits_output(large, 0, limit / 2));
  budget.await(large, limit / 2);
  EXPECT_EQ(budget.pass(), large);
  EXPECT_TRUE(budget.admits_output(large, 0, limit / 2));
  const Id larger{.slot = 2, .generation = 1};
  budget.await(larger, limit / 2);
  EXPECT_EQ(budget.pass(), Id{});
  EXPECT_TRUE(budget.admits_output({}, 0, 1'000)) << "small ones go on";
  budget.forget(large);
  budget.forget(larger);
  output.clear(pool);
}

}  // namespace
}  // namespace eddy::test
