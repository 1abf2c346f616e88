#include "reactor/loop_pool.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "reactor/loop_core.h"

namespace eddy {

LoopPool::LoopPool(std::size_t loops, const LoopOptions& options) {
  if (loops == 0) throw std::invalid_argument("eddy: a LoopPool of no loops: expected 1 or more");
  team_->threads.reserve(loops - 1);
  remotes_.reserve(loops);
  for (std::size_t i = 0; i < loops; ++i) {
    loops_.emplace_back(options);
    remotes_.push_back(loops_.back().remote());
  }
  try {
    for (std::size_t i = 1; i < loops; ++i) team_->threads.emplace_back([this, i] { work(i); });
  } catch (...) {
    end_threads();
    throw;
  }
}

LoopPool::~LoopPool() { end_threads(); }

void LoopPool::end_threads() {
  if (owner_.in_child()) return driver::never_destroy(std::move(team_));
  {
    const std::lock_guard lock(team_->mutex);
    ending_ = true;
  }
  team_->changed.notify_all();
  for (auto& thread : team_->threads) thread.join();
}

std::size_t LoopPool::cores() { return std::max(1U, std::thread::hardware_concurrency()); }

void LoopPool::run() {
  if (owner_.in_child()) {
    throw std::logic_error(
        "eddy: LoopPool::run called in a forked child, which has none of the pool's threads: expected a LoopPool made "
        "there");
  }
  {
    const std::lock_guard lock(team_->mutex);
    if (under_way_) {
      throw std::logic_error(
          "eddy: LoopPool::run called while it is under way: expected a call from outside of callbacks, on the pool's "
          "thread");
    }
    under_way_ = true;
    ++starts_;
    running_ = team_->threads.size();
  }
  team_->changed.notify_all();
  turn(0);
  std::exception_ptr failure;
  {
    std::unique_lock lock(team_->mutex);
    team_->changed.wait(lock, [this] { return running_ == 0; });
    failure = std::exchange(failure_, nullptr);
    under_way_ = false;
    runs_.fetch_add(1, std::memory_order_release);
    draining_.store(false, std::memory_order_release);
  }
  for (auto& loop : loops_) loop.core().move_to_this_thread();
  if (failure) std::rethrow_exception(failure);
}

// A thread lives as long as the pool, because a loop may insist on its first one (io_uring).
void LoopPool::work(std::size_t index) {
  for (unsigned seen = 0;; ++seen) {
    {
      std::unique_lock lock(team_->mutex);
      team_->changed.wait(lock, [&] { return ending_ || starts_ != seen; });
      if (ending_) return;
    }
    turn(index);
    {
      const std::lock_guard lock(team_->mutex);
      --running_;
    }
    team_->changed.notify_all();
  }
}

void LoopPool::turn(std::size_t index) {
  bool failed = false;
  try {
    loops_[index].run();
  } catch (...) {
    failed = true;
    const std::lock_guard lock(team_->mutex);
    if (!failure_) failure_ = std::current_exception();
  }
  // Drained loops end one by one.
  if (failed || !draining()) stop();
}

// An order that arrives when its run is over must not end the next one.
template <class Order>
void LoopPool::post_to_all(Order order) {
  const auto run = runs_.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < remotes_.size(); ++i) {
    remotes_[i].post([this, run, order, i] {
      if (runs_.load(std::memory_order_acquire) == run) order(loops_[i]);
    });
  }
}

void LoopPool::stop() {
  post_to_all([](Loop& loop) { loop.stop(); });
}

void LoopPool::drain(Duration patience) {
  if (owner_.in_child()) return;
  const std::lock_guard lock(team_->mutex);  // the run that is to drain is the one that is told so
  draining_.store(true, std::memory_order_release);
  post_to_all([patience](Loop& loop) { loop.drain(patience); });
}

void LoopPool::stop_on(std::initializer_list<int> signals) {
  for (const int signal : signals) on_signal(signal, [this](int) { stop(); });
}

void LoopPool::on_signal(int signal, Callback<void(int)> callback) {
  loops_.front().on_signal(signal, std::move(callback));
}

Stats LoopPool::stats() const {
  Stats sum;
  for (const auto& loop : loops_) sum += loop.stats();
  return sum;
}

}  // namespace eddy
