// Posts: tasks handed to a loop, by its own thread and by another.
#include <benchmark/benchmark.h>
#include <reactor/loop.h>
#include <reactor/remote.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace {

void own_thread(benchmark::State& state) {
  eddy::Loop loop;
  std::int64_t ran = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) loop.post([&ran] { ++ran; });
    loop.run_once(eddy::TimePoint::min());
  }
  benchmark::DoNotOptimize(ran);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(own_thread)->Name("post/own_thread")->Arg(1)->Arg(1000);

// What it costs the thread that posts; the loop's thread takes the tasks meanwhile.
void another_thread(benchmark::State& state) {
  eddy::Loop loop;
  const auto remote = loop.remote();
  std::atomic<std::int64_t> ran{0};
  std::thread runner([&loop] { loop.run(); });
  std::int64_t posted = 0;
  for ([[maybe_unused]] auto _ : state) {
    remote.post([&ran] { ran.fetch_add(1, std::memory_order_relaxed); });
    ++posted;
  }
  while (ran.load() < posted) std::this_thread::yield();
  remote.post([&loop] { loop.stop(); });
  runner.join();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(another_thread)->Name("post/another_thread")->UseRealTime();

}  // namespace
