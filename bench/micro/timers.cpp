// Timers: what starting, restarting, cancelling and expiring one costs with many others running.
#include <benchmark/benchmark.h>
#include <reactor/loop.h>
#include <reactor/timer.h>

#include <chrono>
#include <cstdint>
#include <deque>

namespace {

using namespace std::chrono_literals;

// Deadlines spread over a minute, in no order.
eddy::Duration spread(std::uint64_t number) { return 1s + 1ms * static_cast<int>(number * 7919 % 60'000); }

std::deque<eddy::Timer> running(eddy::Loop& loop, std::int64_t count) {
  std::deque<eddy::Timer> timers;
  for (std::int64_t i = 0; i < count; ++i) {
    timers.emplace_back(loop, [] {}).start(spread(static_cast<std::uint64_t>(i)));
  }
  return timers;
}

void start_and_cancel(benchmark::State& state) {
  eddy::Loop loop;
  const auto others = running(loop, state.range(0));
  eddy::Timer timer(loop, [] {});
  std::uint64_t number = 0;
  for ([[maybe_unused]] auto _ : state) {
    timer.start(spread(++number));
    timer.cancel();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(start_and_cancel)->Arg(0)->Arg(1000)->Arg(1'000'000);

// As an idle time-out is put off with each message.
void restart(benchmark::State& state) {
  eddy::Loop loop;
  auto timers = running(loop, state.range(0));
  auto next = timers.begin();
  for ([[maybe_unused]] auto _ : state) {
    next->start(30s);
    if (++next == timers.end()) next = timers.begin();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(restart)->Arg(1)->Arg(1000)->Arg(1'000'000);

// All due at once.
void expire(benchmark::State& state) {
  eddy::Loop loop;
  std::int64_t expired = 0;
  std::deque<eddy::Timer> timers;
  for (std::int64_t i = 0; i < state.range(0); ++i) timers.emplace_back(loop, [&expired] { ++expired; });
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    const auto due = loop.clock() + 1ms;
    for (auto& timer : timers) timer.start_at(due);
    while (loop.clock() < due + 1ms) {
    }
    expired = 0;
    state.ResumeTiming();
    while (expired < state.range(0)) loop.run_once(eddy::TimePoint::min());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(expire)->Arg(1000)->Arg(100'000);

}  // namespace
