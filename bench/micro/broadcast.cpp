// Broadcast: one payload to a thousand connections, of one loop or spread over two: what crossing loops costs.
#include <benchmark/benchmark.h>
#include <reactor/loop_pool.h>
#include <reactor/pool_listener.h>
#include <reactor/shared_bytes.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t members = 1000;

struct Member {
  std::vector<eddy::Id>* of_its_loop;
  std::atomic<std::size_t>* open;
  void on_open(eddy::Connection& peer) const {
    of_its_loop->push_back(peer.id());
    open->fetch_add(1);
  }
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes /*in*/) const {}
};

struct Reader {
  std::size_t* bytes;
  void on_data(eddy::Connection& /*peer*/, eddy::Bytes in) const { *bytes += in.size(); }
};

// The CPU time is the whole process's: of the loops that send, and of the one that reads, which is the same for both.
void broadcast(benchmark::State& state) {
  const auto loops = static_cast<std::size_t>(state.range(0));
  eddy::LoopPool pool(loops);
  std::vector<std::vector<eddy::Id>> ids(loops);
  std::atomic<std::size_t> open{0};
  const eddy::PoolListener<Member> listener(pool, "tcp://127.0.0.1:0", [&](std::size_t i) {
    return Member{&ids[i], &open};
  });
  std::thread turning([&] { pool.run(); });
  eddy::Loop readers;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < members; ++i) {
    eddy::connect<Reader>(readers, listener.address().to_string(), [&] { return Reader{&bytes}; });
  }
  while (open < members) readers.run_once(readers.clock() + std::chrono::milliseconds(1));

  const eddy::SharedBytes news(std::string(100, 'x'));
  for ([[maybe_unused]] auto _ : state) {
    const auto expected = bytes + members * news.size();
    for (std::size_t i = 0; i < loops; ++i) {
      pool.remote(i).post([&loop = pool[i], &mine = ids[i], news] {
        for (const auto id : mine) {
          if (auto* peer = loop.find(id)) void(peer->send(news));
        }
      });
    }
    while (bytes < expected) readers.run_once(eddy::never);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(members));
  pool.stop();
  turning.join();
}
BENCHMARK(broadcast)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
