// LoopPool: several loops, one per thread. Each has its own connections, timers and tasks, and nothing is shared but
// what the application shares.
//
//   eddy::LoopPool pool{eddy::LoopPool::cores()};
//   eddy::PoolListener<Echo> echo{pool, "tcp://*:7"};        // pool_listener.h
//   pool.stop_on({SIGINT, SIGTERM});
//   pool.run();
//
// The pool is made, set up, run and destroyed on one thread, which also turns loop 0; the other loops have a thread of
// their own. So setting up needs no care: until run(), all loops belong to the caller, and when it has returned they
// do so again. In between each loop belongs to its thread, and the others reach it by its Remote alone. To send the
// same bytes to connections on several loops, post the ids to each loop, with the bytes as SharedBytes, which all
// threads hold together:
//
//   for (std::size_t i = 0; i < pool.size(); ++i)
//     pool.remote(i).post([&loop = pool[i], ids = members[i], news] {
//       for (auto id : ids) if (auto* peer = loop.find(id)) void(peer->send(news));   // who does not read misses it
//     });
//
// What is only to be sent to the connections of the caller's own loop needs no post. How a connection moves to another
// loop says listener.h, beside adopt().
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "reactor/callback.h"
#include "reactor/driver/fork_mark.h"
#include "reactor/lifetime.h"
#include "reactor/loop.h"
#include "reactor/options.h"
#include "reactor/remote.h"
#include "reactor/stats.h"

namespace eddy {

class LoopPool {
 public:
  // Each loop is made with `options`; an observer in them is called from every thread. Throws like Loop's constructor,
  // std::invalid_argument for no loops, and std::system_error when there can be no thread more.
  [[nodiscard]] explicit LoopPool(std::size_t loops, const LoopOptions& options = {});
  // Ends the threads and then every loop, as ~Loop does. Must not be called while run() is under way. A forked child
  // may destroy a pool as it may a Loop, and cannot run it, since it has none of the threads; a child that was forked
  // while run() was under way must leave by exec or _exit.
  ~LoopPool();
  LoopPool(const LoopPool&) = delete;
  LoopPool& operator=(const LoopPool&) = delete;

  // How many threads the machine runs at once; at least 1.
  static std::size_t cores();

  std::size_t size() const { return remotes_.size(); }
  Loop& operator[](std::size_t index) EDDY_LIFETIMEBOUND { return loops_[index]; }
  // Any thread. Also from an on_close that ~LoopPool brings about: a loop that is gone by then refuses what is posted.
  Remote remote(std::size_t index) const { return remotes_[index]; }

  // Turns all loops until stop(), or until each is drained. When one ends by itself (Loop::stop, or an exception that
  // the loop could not go on after) the others end too. Rethrows the first such exception. May be called again;
  // throws std::logic_error while it is under way, which it is in every callback, and in a forked child.
  void run();

  // Any thread, but a call that is under way must end before the pool does. Ends run() after each loop's current turn;
  // without one under way, the next one after a turn.
  void stop();

  // Any thread, likewise. Loop::drain for each loop. A second call can only shorten the patience.
  void drain(Duration patience);
  bool draining() const { return draining_.load(std::memory_order_acquire); }

  // As Loop::stop_on and Loop::on_signal. Callbacks run on loop 0.
  void stop_on(std::initializer_list<int> signals);
  void on_signal(int signal, Callback<void(int)> callback);

  // Of all loops together. Not while run() is under way.
  Stats stats() const;

 private:
  void end_threads();
  void work(std::size_t index);
  void turn(std::size_t index);
  template <class Order>
  void post_to_all(Order order);

  // Where the threads wait. On the heap: a forked child, which does not have the threads, leaves it as it is.
  struct Team {
    std::mutex mutex;  // guards starts_, running_, under_way_, ending_, failure_; and drain() against the end of a run
    std::condition_variable changed;
    std::vector<std::thread> threads;  // of loop 1 and on
  };
  std::unique_ptr<Team> team_ = std::make_unique<Team>();
  const driver::ForkMark owner_;
  std::atomic<bool> draining_{false};
  std::atomic<unsigned> runs_{0};  // that have ended: an order is for one run
  std::vector<Remote> remotes_;    // outlive the loops, whose last callbacks may use them
  std::deque<Loop> loops_;         // by value: a unique_ptr may be null already while it ends its loop

  unsigned starts_ = 0;
  std::size_t running_ = 0;  // threads
  bool under_way_ = false;   // run()
  bool ending_ = false;
  std::exception_ptr failure_;
};

}  // namespace eddy
