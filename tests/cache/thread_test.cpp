// Several threads of the server and many clients on the same keys. Run it under the thread sanitizer.
#include <atomic>
#include <thread>
#include <vector>

#include "server.h"

namespace cache::test {
namespace {

class ThreadTest : public CacheTest {
 protected:
  ThreadTest() : CacheTest({.memory_limit = 8 * mebibyte}, 2) {}

  // `body(client, number)` on a thread for each client.
  template <class Body>
  void at_once(int clients, Body body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
      threads.emplace_back([this, i, &body] {
        Client own(server.tcp());
        body(own, i);
      });
    }
    for (auto& thread : threads) thread.join();
  }
};

TEST_F(ThreadTest, NoIncrIsLost) {
  EXPECT_EQ(ask("set n 0 0 1\r\n0\r\n"), "STORED\r\n");
  at_once(8, [](Client& own, int) {
    std::string requests;
    for (int i = 0; i < 1000; ++i) requests += "incr n 1 noreply\r\n";
    EXPECT_EQ(own.ask(requests), "");
  });
  EXPECT_EQ(ask("incr n 0\r\n"), "8000\r\n");
}

TEST_F(ThreadTest, CasLetsOneWinEachTime) {
  EXPECT_EQ(ask("set n 0 0 1\r\n0\r\n"), "STORED\r\n");
  at_once(4, [](Client& own, int) {
    for (int won = 0; won < 200 && !testing::Test::HasFailure();) {
      const auto got = own.ask("mg n v c\r\n");  // VA 1 c99\r\n0\r\n
      const auto cas = got.substr(got.find('c') + 1, got.find('\r') - got.find('c') - 1);
      const auto next = std::to_string(std::stoi(got.substr(got.find('\n') + 1)) + 1);
      const auto answer = own.ask("cas n 0 0 " + std::to_string(next.size()) + " " + cas + "\r\n" + next + "\r\n");
      EXPECT_TRUE(answer == "STORED\r\n" || answer == "EXISTS\r\n") << answer;
      won += answer == "STORED\r\n" ? 1 : 0;
    }
  });
  EXPECT_EQ(ask("get n\r\n"), "VALUE n 0 3\r\n800\r\nEND\r\n");
}

TEST_F(ThreadTest, AddLetsOneWin) {
  std::atomic<int> stored = 0;
  at_once(8, [&](Client& own, int) {
    for (int i = 0; i < 200; ++i) {
      if (own.ask("add key" + std::to_string(i) + " 0 0 1\r\nx\r\n") == "STORED\r\n") ++stored;
    }
  });
  EXPECT_EQ(stored, 200);
}

// Each value is one byte repeated, so a torn one shows.
TEST_F(ThreadTest, EveryValueIsWholeWhileOthersWriteDeleteAndEvict) {
  at_once(6, [](Client& own, int number) {
    for (int round = 0; round < 150 && !testing::Test::HasFailure(); ++round) {
      const auto key = "key" + std::to_string(round % 7);
      const auto size = static_cast<std::size_t>((round * 7919 + number * 104'729) % 60'000);
      const auto value = std::string(size, static_cast<char>('a' + number));
      EXPECT_EQ(own.ask("set " + key + " 0 0 " + std::to_string(size) + "\r\n" + value + "\r\n"), "STORED\r\n");
      own.ask("set filler" + std::to_string(number * 1000 + round) + " 0 0 50000\r\n" + std::string(50'000, 'f') +
              "\r\n");
      const auto got = own.ask("get " + key + "\r\n");
      if (got != "END\r\n") {
        const auto begin = got.find('\n') + 1;
        const auto announced = std::stoul(got.substr(got.rfind(' ', begin)));
        const auto end = got.size() - 7;  // \r\nEND\r\n
        EXPECT_EQ(end - begin, announced);
        EXPECT_EQ(got.find_first_not_of(got[begin], begin), announced == 0 ? begin + 1 : end) << round;
      }
      if (round % 10 == 0) own.ask("delete " + key + "\r\n");
    }
  });
}

TEST_F(ThreadTest, CommandsAboutEverythingMeetNobodysHalfDoneWork) {
  at_once(4, [](Client& own, int number) {
    for (int round = 0; round < 100 && !testing::Test::HasFailure(); ++round) {
      const auto key = "key" + std::to_string(round % 10);
      own.ask("set " + key + " 0 1 1\r\n1\r\nincr " + key + " 1\r\nget " + key + "\r\ntouch " + key + " 100\r\n");
      if (number == 0) {
        EXPECT_TRUE(own.ask("stats\r\nstats items\r\nstats slabs\r\nstats sizes\r\n").ends_with("END\r\n"));
      }
      if (number == 1 && round % 10 == 0) {
        EXPECT_EQ(own.ask("flush_all\r\n"), "OK\r\n");
      }
      if (number == 2 && round % 10 == 0) {
        EXPECT_EQ(own.ask("stats reset\r\n"), "RESET\r\n");
      }
      if (number == 3) {
        EXPECT_EQ(own.ask("verbosity 0\r\n"), "OK\r\n");
      }
    }
  });
}

}  // namespace
}  // namespace cache::test
