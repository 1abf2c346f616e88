// Clients that ask all the time and read nothing: they get what is theirs of the memory, and everybody else is served.
#include <gtest/gtest.h>

#include <deque>

#include "../support/fixture.h"
#include "../support/raw_socket.h"

namespace eddy::test {
namespace {

// README.md's server.
struct PausingEcho {
  std::size_t on_data(Connection& peer, Bytes in) const { return peer.send(in) == SendResult::refused ? 0 : in.size(); }
  void on_high(Connection& peer) const { peer.pause(); }
  void on_low(Connection& peer) const { peer.resume(); }
};

// What a newcomer writes.
struct PlainEcho {
  std::size_t on_data(Connection& peer, Bytes in) const { return peer.send(in) == SendResult::refused ? 0 : in.size(); }
};

// So that the system keeps little, and the loop the rest.
constexpr SocketOptions small_buffers{.receive_buffer = 32 * 1024, .send_buffer = 32 * 1024};

class SilentClients : public OnDriver {
 protected:
  // Forty of them send until they can send no more.
  void arrive(Loop& loop, const Address& server) {
    const std::string much(256 * 1024, 'x');
    for (int i = 0; i < 40; ++i) {
      silent_.emplace_back(server, 32 * 1024);
      silent_.back().set_send_buffer(32 * 1024);
    }
    int without_progress = 0;
    ASSERT_TRUE(turn_until(loop, [&] {
      std::size_t sent = 0;
      for (auto& client : silent_) sent += client.send_some(much);
      without_progress = sent > 0 ? 0 : without_progress + 1;
      return without_progress == 10;
    }));
  }
  static void expect_served(Loop& loop, const Address& server) {
    for (int i = 0; i < 3; ++i) {
      RawSocket good(server);
      const std::string question(2000, 'q');
      good.send(question);
      std::string answer;
      EXPECT_TRUE(turn_until(loop, [&] {
        answer += good.read_some();
        return answer.size() >= question.size();
      }));
      EXPECT_EQ(answer, question);
    }
  }

 private:
  std::deque<RawSocket> silent_;
};
INSTANTIATE_TEST_SUITE_P(Drivers, SilentClients, each_driver(), driver_of);

TEST_P(SilentClients, OfReadmesServerTakeLittleMemoryAndDelayNobody) {
  Loop loop({.driver = driver()});
  const Listener<PausingEcho> listener(loop, "tcp://127.0.0.1:0", {.socket = small_buffers});
  arrive(loop, listener.address());
  EXPECT_LT(loop.stats().memory, 64U * 1024 * 1024);
  expect_served(loop, listener.address());
}

TEST_P(SilentClients, OfAServerThatNeverPausesLeaveTheOthersTheirPartOfTheBudget) {
  constexpr std::size_t budget = 64 * 1024 * 1024;  // together they could fill it five times over
  Loop loop({.driver = driver(), .memory_budget = budget});
  const Listener<PlainEcho> listener(loop, "tcp://127.0.0.1:0",
                                     {.socket = small_buffers, .connection = {.output_cap = budget / 8}});
  arrive(loop, listener.address());
  expect_served(loop, listener.address());
}

}  // namespace
}  // namespace eddy::test
