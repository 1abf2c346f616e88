// Functions for timers, watches, tasks and signals that take something else than they are given.
#include <reactor/connection.h>
#include <reactor/loop.h>
#include <reactor/remote.h>
#include <reactor/timer.h>

namespace test {

void wrong(eddy::Loop& loop, eddy::Connection& peer) {
  eddy::Timer timer(loop, [](eddy::Timer&) {});                         // error: a callback must be: void() for a Timer
  const auto watch = loop.watch(0, eddy::Interest::read, [](bool) {});  // error: void(eddy::Ready) for a Watch
  loop.post([](eddy::Loop&) {});                    // error: a callback must be: void() for a Timer and a task
  loop.on_signal(2, [] {});                         // error: void(int) for a signal
  peer.when_sent([](std::size_t) {});               // error: void(eddy::Connection&) for when_sent
  loop.on_exception([](const std::exception&) {});  // error: void(std::exception_ptr) for an exception
}

void right(eddy::Loop& loop, eddy::Connection& peer) {
  int count = 0;
  eddy::Timer timer(loop, [&count] { ++count; });
  const auto watch = loop.watch(0, eddy::Interest::read, [](const eddy::Ready&) {});
  loop.post([count]() mutable { ++count; });
  loop.on_signal(2, [](auto) {});
  peer.when_sent([](auto& /*sent_to*/) {});
}

}  // namespace test
