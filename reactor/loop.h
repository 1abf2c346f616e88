// Loop: waits for the operating system, and calls back. One loop belongs to one thread: the one that constructed it,
// and from run() or run_once() on the one that called those. Calls from another one are told on stderr, and end the
// program in debug builds; release builds do not look at the most frequent calls. (On io_uring the thread of the first
// run is the loop's permanently: turning on another one throws.)
//
// A turn of the loop:
//   1. wait    until something is ready, a timer is due, or another thread wakes it; not at all when work is left over
//   2. deliver what the system reports: accepts, data, ends, datagrams, foreign descriptors. A connection's own output
//              is sent right after its callback; what a callback wrote to others leaves at step 5
//   3. timers  that are due
//   4. tasks   that were posted, and signals
//   5. process the pending connections: output, marks, closing. What a quarter of a millisecond is not enough for goes
//              on in the next turn, which does not wait. Connections beyond 16 that one callback wrote to are a crowd:
//              they have a line and a slice of their own, so that nobody's answer waits behind them
//   6. release what was closed
// Every step takes what was there when it began, so that no step starves another.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/callback.h"
#include "reactor/id.h"
#include "reactor/lifetime.h"
#include "reactor/options.h"
#include "reactor/remote.h"
#include "reactor/stats.h"
#include "reactor/time.h"
#include "reactor/watch.h"

namespace eddy {

class Connection;
class LoopCore;

// Which driver a loop runs on, and why that one.
struct DriverInfo {
  std::string name;
  std::string reason;
};

// What ends Loop::run, besides stop() and drain().
enum class RunUntil : std::uint8_t {
  stopped,       // nothing
  nothing_left,  // that nothing can come any more: see run()
};

class Loop {
 public:
  // Throws std::invalid_argument when the driver asked for is unknown, std::runtime_error with the reason when it
  // cannot be had.
  [[nodiscard]] explicit Loop(LoopOptions options = {});

  // Ends every connection with Errc::loop_gone: their on_close runs from here. Tasks that wait, and the callbacks of
  // signals and exceptions, are destroyed without a call. Listeners, datagram sockets, timers and watches of this loop
  // must be destroyed before it: those that are still there are named on stderr and closed, and do nothing from then
  // on. Must not be called from a callback.
  // In a forked child it closes the child's descriptors, and that is all: no on_close is called, since the connections
  // live on in the parent, the file of a Unix socket stays, and the parent's loop notices nothing. The same holds for
  // the destructors of listeners, datagram sockets, timers and watches.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Turns until stop(), or until what drain() began is done. In a forked child it throws std::logic_error, as run_once
  // does, before after_fork(). With RunUntil::nothing_left also ends, without a turn where there is none to make, when
  // the loop has no connection, no listener and no datagram socket that is open, no Watch, no Timer that runs and no
  // task that waits. Signals, and a Remote by which a task may come yet, do not hold it. Throws std::logic_error when
  // called from inside a callback.
  void run(RunUntil until = RunUntil::stopped);

  // One turn, waiting until `deadline` at the most (TimePoint::min() or now(): does not wait).
  void run_once(TimePoint deadline = never);

  // Ends run() after the current turn, or the next run() after one turn. From callbacks and between runs; from another
  // thread post it.
  void stop();

  // Closes every listener, lets each connection finish (on_drain, or close() where the session has none), sends what
  // datagram sockets have queued, and then stops. What is still open after `patience` ends with Errc::drain_deadline;
  // a patience of 0 lets none finish. Returns at once; run() returns when it is done. A second call can only shorten
  // the patience.
  void drain(Duration patience);
  bool draining() const;

  // Ends run() when one of these signals arrives. Until the Loop is destroyed the process's handlers for them are
  // eddy's; the earlier ones are restored then.
  void stop_on(std::initializer_list<int> signals);
  // The same with a callback, which runs as a task of the loop. Replaces an earlier callback for the same signal.
  void on_signal(int signal, Callback<void(int)> callback);

  // Queues a task for step 4 of this turn, or of the next one when called during step 4. Never runs it at once.
  void post(Callback<void()> task);
  // For other threads.
  Remote remote() const;

  // When this turn began (the system's wait returned): cheap, and the same throughout a turn.
  TimePoint now() const;
  // Reads the clock.
  TimePoint clock() const;

  // The connection, or null when it has ended (its on_close has returned) or the id is of something else.
  Connection* find(Id connection) const;

  // Calls `visit` for each connection that find() finds. It may do anything with any of them; those that it connects
  // may be visited too. What it throws ends the walk and leaves this function.
  void for_each_connection(Callback<void(Connection&)> visit) const;

  // Calls back while `descriptor` is ready, level-triggered. The loop neither owns nor closes it. Destroying the Watch
  // ends it; do so before closing the descriptor. Throws std::system_error when the system cannot watch it, and
  // std::errc::file_exists while another Watch of this loop has it.
  [[nodiscard]] Watch watch(int descriptor, Interest interest, Callback<void(Ready)> callback);

  // To embed this loop in another one: wait until `next_deadline()` or until `descriptor()` becomes readable, then call
  // run_once(now). next_deadline is now or earlier when work is left over, `never` when only the descriptor can bring
  // any. docs/embedding.md has it for poll(2), GLib and libuv.
  TimePoint next_deadline() const;
  // Empty where the driver has none to wait on (poll). The descriptor is the loop's and stays the same; never read from
  // it. To be called on the loop's thread. Throws std::system_error when the process may have no more descriptors.
  std::optional<int> descriptor();

  // Called for an exception that left a callback, after its connection was marked as closing. Without a handler one
  // line goes to stderr. The handler itself must not throw.
  void on_exception(Callback<void(std::exception_ptr)> handler);

  const Stats& stats() const EDDY_LIFETIMEBOUND;
  const DriverInfo& driver() const EDDY_LIFETIMEBOUND;

  // Makes the loop a forked child's own, between two turns: all that it has is asked of the system anew, and the child
  // may turn it. Listeners, datagram sockets and watched descriptors are the same ones in both processes, and each
  // connection or datagram goes to whichever is faster; the file of a Unix socket stays the parent's. Connections that
  // are open at the fork are in both, too, and their bytes would go to one or the other: fork before there are any, or
  // give them up in the child by Connection::release. Timers, tasks of post() and the callbacks of signals go on in
  // both; a Remote is to be taken anew, as is descriptor(). Does nothing where there was no fork.
  // Throws std::logic_error on io_uring, which cannot: make a new Loop in the child, and release() before the fork what
  // it is to serve; and inside a callback, which a child must leave by exec or _exit alone. Throws std::system_error
  // when the system refuses something; then it may be called again. A fork is noticed by pthread_atfork(3): not that of
  // a bare clone(2).
  void after_fork();

  // For eddy's own endpoints.
  LoopCore& core() { return *core_; }

 private:
  // Owned. A unique_ptr may be null already while it deletes (libc++), and ~LoopCore calls on_close, which may call the
  // loop.
  LoopCore* const core_;
};

// The names that LoopOptions::driver takes here, in the order in which they are tried.
std::vector<std::string_view> driver_names();
// Why a loop cannot have that driver, found out by trying; empty when it can.
std::string why_unavailable(std::string_view driver);

}  // namespace eddy
