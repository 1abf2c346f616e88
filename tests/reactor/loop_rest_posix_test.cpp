// More has completed at a stop than one wait delivers: what is left belongs to whom it came for, in the next run.
#include <gtest/gtest.h>
#include <reactor/listener.h>

#include <algorithm>
#include <map>

#include "../support/descriptors.h"
#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t crowd_size = 1400;

class LoopRestOfMany : public OnDriver {
 protected:
  void SetUp() override {
    constexpr std::size_t needed = 2 * crowd_size + 100;
    if (allow_descriptors(4096) < needed) GTEST_SKIP() << "needs " << needed << " descriptors";
  }

  Script script;
  Loop loop{{.driver = driver()}};
  Listener<Scripted> listener{loop, "tcp://127.0.0.1:0", script.factory()};
  std::vector<RawSocket> peers;
  std::vector<Id> ids;
};
INSTANTIATE_TEST_SUITE_P(Drivers, LoopRestOfMany, each_driver(), driver_of);

// On io_uring bytes lie side by side in buffers that all connections share. Which were whose was counted when they were
// delivered; those of closed connections were counted before others that lie in front of them.
TEST_P(LoopRestOfMany, InputThatArrivedAtTheStopIsItsOwnConnectionsInTheNextRun) {
  script.on_open = [&](Connection& peer) {
    ids.push_back(peer.id());
    peer.pause();
  };
  std::map<std::uint64_t, std::string> expected;
  for (std::size_t i = 0; i < crowd_size; ++i) {
    peers.emplace_back(listener.address());
    ASSERT_TRUE(turn_until(loop, [&] { return ids.size() == i + 1; }));
    const auto text = "of " + std::to_string(i) + std::string(i % 7, '.');
    peers[i].send(text);
    expected[ids[i].token()] = text;
  }
  turn_for(loop, 5ms);
  std::map<std::uint64_t, std::string> received;
  bool first = true;
  script.on_data = [&](Connection& peer, Bytes in) {
    received[peer.id().token()] += in.text();
    if (std::exchange(first, false)) {
      for (std::size_t i = 1; i < crowd_size; i += 2) {
        if (i < 1024 && i > 100) continue;
        expected.erase(ids[i].token());
        loop.find(ids[i])->abort();
      }
      loop.stop();
    }
    return in.size();
  };
  for (const auto id : ids) loop.find(id)->resume();
  loop.run();
  ASSERT_TRUE(turn_until(loop, [&] {
    return std::all_of(expected.begin(), expected.end(),
                       [&](const auto& each) { return received[each.first].size() >= each.second.size(); });
  }));
  std::size_t wrong = 0;
  for (const auto& [id, text] : expected) wrong += received[id] == text ? 0 : 1;
  EXPECT_EQ(wrong, 0U) << "of " << expected.size();
}

}  // namespace
}  // namespace eddy::test
