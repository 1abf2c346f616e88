// Buffers: output that waits for the system, copied and by reference.
#include <benchmark/benchmark.h>
#include <reactor/output_queue.h>

#include <array>
#include <cstddef>
#include <string>

namespace {

// Queued whole and taken in the pieces in which a driver would send it.
void copied(benchmark::State& state) {
  eddy::BlockPool pool;
  eddy::OutputQueue queue;
  const std::string message(static_cast<std::size_t>(state.range(0)), 'x');
  std::array<eddy::Bytes, 64> pieces;
  for ([[maybe_unused]] auto _ : state) {
    queue.append(message, pool);
    benchmark::DoNotOptimize(queue.gather(pieces));
    queue.consume(message.size(), pool);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(copied)->Name("output/copied")->Arg(64)->Arg(1024)->Arg(65536);

// A broadcast: one payload, referred to by each of many queues.
void shared(benchmark::State& state) {
  eddy::BlockPool pool;
  std::array<eddy::OutputQueue, 1000> queues;
  const eddy::SharedBytes message(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
  for ([[maybe_unused]] auto _ : state) {
    for (auto& queue : queues) queue.append(message, 0, pool);
    for (auto& queue : queues) queue.clear(pool);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(queues.size()));
}
BENCHMARK(shared)->Name("output/shared")->Arg(100)->Arg(65536);

}  // namespace
