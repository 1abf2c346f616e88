// What a pool asks of epoll, as the kernel shows it.
#include <gtest/gtest.h>
#include <reactor/pool_listener.h>
#include <sys/epoll.h>

#include <fstream>
#include <string>

#include "../support/driver_choice.h"

namespace eddy::test {
namespace {

struct Silent {
  void on_data(Connection& /*peer*/, Bytes /*in*/) {}
};

// proc(5), fdinfo of an epoll descriptor: "tfd: 9 events: 10000001 data: ...".
int exclusive_interests(int epoll) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(epoll));
  int found = 0;
  for (std::string word; info >> word;) {
    if (word != "events:") continue;
    info >> word;
    if ((std::stoul(word, nullptr, 16) & EPOLLEXCLUSIVE) != 0) ++found;
  }
  return found;
}

TEST(PoolOnEpoll, SharedSocketWakesOneLoopForAConnection) {
  if (!why_not("epoll").empty()) GTEST_SKIP() << why_not("epoll");
  LoopPool pool(3, {.driver = "epoll"});
  const auto interests = [&](std::size_t loop) { return exclusive_interests(*pool[loop].descriptor()); };
  const PoolListener<Silent> listener(pool, "tcp://127.0.0.1:0", {}, Spread::exclusive);
  for (std::size_t loop = 0; loop < pool.size(); ++loop) EXPECT_EQ(interests(loop), 1) << "loop " << loop;
  // To close one loop's duplicate does not end its interest, as long as others keep the socket open.
  pool[1].drain(Duration::zero());
  pool[1].run();
  EXPECT_EQ(interests(1), 0);
  EXPECT_EQ(interests(2), 1);
}

}  // namespace
}  // namespace eddy::test
