// Dispatch: what a turn costs, and an echo through it, beside the system's own part.
#include <benchmark/benchmark.h>
#include <reactor/connection.h>
#include <reactor/listener.h>
#include <reactor/loop.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

void empty_turn(benchmark::State& state, const char* driver) {
  if (!eddy::why_unavailable(driver).empty()) return state.SkipWithError("this driver is not available here");
  eddy::Loop loop({.driver = driver});
  for ([[maybe_unused]] auto _ : state) loop.run_once(eddy::TimePoint::min());
}
BENCHMARK_CAPTURE(empty_turn, epoll, "epoll")->Name("turn/empty/epoll");
BENCHMARK_CAPTURE(empty_turn, io_uring, "io_uring")->Name("turn/empty/io_uring");

struct Echo {
  void on_data(eddy::Connection& peer, eddy::Bytes in) { void(peer.send(in)); }
};
struct Asker {
  std::int64_t* answers;
  void on_data(eddy::Connection& peer, eddy::Bytes in) {
    ++*answers;
    void(peer.send(in));
  }
};

// Both ends on one loop, one message each in flight: two sends, two receives and two dispatches an answer.
void ping_pong(benchmark::State& state, const char* driver) {
  if (!eddy::why_unavailable(driver).empty()) return state.SkipWithError("this driver is not available here");
  eddy::Loop loop({.driver = driver});
  eddy::Listener<Echo> listener(loop, "tcp://127.0.0.1:0");
  std::int64_t answers = 0;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    auto& asker = eddy::connect<Asker>(loop, listener.address().to_string(), [&] { return Asker{&answers}; });
    void(asker.send(std::string(64, 'x')));
  }
  for ([[maybe_unused]] auto _ : state) {
    const auto before = answers;
    while (answers == before) loop.run_once(eddy::never);
  }
  state.SetItemsProcessed(answers);
}
BENCHMARK_CAPTURE(ping_pong, epoll, "epoll")->Name("ping_pong/epoll")->Arg(1)->Arg(100);
BENCHMARK_CAPTURE(ping_pong, io_uring, "io_uring")->Name("ping_pong/io_uring")->Arg(1)->Arg(100);

}  // namespace
