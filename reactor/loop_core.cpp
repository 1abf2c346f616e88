#include "reactor/loop_core.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <utility>

#include "reactor/datagram.h"
#include "reactor/error.h"
#include "reactor/listener.h"
#include "reactor/observer.h"
#include "reactor/remote_mailbox.h"

namespace eddy {
namespace {

// Of step 5, for each line of pending endpoints. The clock is read after so many: a write takes some microseconds.
constexpr Duration slice_of_processing = 250us;
constexpr std::size_t look_at_clock_after = 8;
// io_uring writes when the turn has ended, where this clock does not see it: of a crowd the number is bounded, too.
constexpr std::size_t most_of_crowd = 32;
constexpr std::size_t no_bound = std::numeric_limits<std::size_t>::max();

constexpr std::size_t most_posts_kept = 16'384;  // 1 MiB of tasks

struct Turning {
  explicit Turning(bool& flag_of) : flag(flag_of) { flag = true; }
  ~Turning() { flag = false; }
  Turning(const Turning&) = delete;
  Turning& operator=(const Turning&) = delete;
  bool& flag;
};

}  // namespace

LoopCore::LoopCore(Loop& owner, LoopOptions with)
    : loop(owner),
      options(std::move(with)),
      driver(driver::make_driver(options.driver, stats, pool, info.reason)),
      wheel((driver->refresh(), driver->now())),
      mailbox_(std::make_shared<Remote::Mailbox>()),
      signals_(*driver) {
  info.name = driver->name();
  mailbox_->driver = driver.get();
}

Connection* LoopCore::connection_of(driver::Endpoint& stream) {
  return &static_cast<Connection&>(static_cast<driver::Stream&>(stream));
}
ListenerBase* LoopCore::listener_of(driver::Endpoint& acceptor) {
  return &static_cast<ListenerBase&>(static_cast<driver::Acceptor&>(acceptor));
}
DatagramSocket* LoopCore::socket_of(driver::Endpoint& datagrams) {
  return &static_cast<DatagramSocket&>(static_cast<driver::Datagrams&>(datagrams));
}

LoopCore::~LoopCore() {
  move_to_this_thread();
  auto unrun = close_mailbox();  // the tasks are destroyed outside the lock
  turning_ = true;
  ending = true;
  const bool in_child = driver->in_child();
  while (stats.open > 0) {
    driver->endpoints().for_each([in_child](driver::Endpoint& endpoint) {
      if (endpoint.kind != driver::Kind::stream) return;
      auto& connection = *connection_of(endpoint);
      if (in_child) return connection.leave_to_parent();
      connection.end(Errc::loop_gone);
      connection.process();
    });
  }
  driver->come_to_rest();
  delete_closed();
  unrun.clear();
  drop_callbacks();
  leave_members();
  wheel.remove(drain_timer_);
}

// From here Remote::post answers false. Returns what is queued.
std::vector<Remote::Task> LoopCore::close_mailbox() {
  std::vector<Remote::Task> unrun;
  std::unique_lock lock(mailbox_->mutex, std::defer_lock);
  if (!driver->in_child()) {
    lock.lock();
  } else if (!lock.try_lock()) {
    // A thread of the parent was at it when the process forked.
    driver::never_destroy(std::shared_ptr(mailbox_));
    return unrun;
  }
  mailbox_->driver = nullptr;
  unrun.swap(mailbox_->tasks);
  lock.unlock();
  if (driver->in_child()) return unrun;
  while (mailbox_->wakers.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  return unrun;
}

// What other threads have posted is for the parent to run. The wake is for signals that the child has got already.
void LoopCore::after_fork() {
  if (turning_) throw std::logic_error("eddy: Loop::after_fork called from inside a callback of the same loop");
  if (!driver->in_child()) return;
  auto mailbox = std::make_shared<Remote::Mailbox>();
  const auto unrun = close_mailbox();
  List<LoopMember, LoopMember> all;  // a member may destroy others of them, such as its own Watch
  all.take_all(members_);
  while (!all.empty()) {
    auto& member = all.pop_front();
    members_.push_back(member);
    member.left_to_parent();
  }
  driver->after_fork();
  mailbox->driver = driver.get();
  mailbox_ = std::move(mailbox);
  move_to_this_thread();
  driver->wake();
}

void LoopCore::refuse_in_child(const char* call) const {
  if (!driver->in_child()) return;
  throw std::logic_error(
      std::string("eddy: ") + call +
      " called in a forked child: the loop is the parent's. Expected Loop::after_fork before, or a Loop made there");
}

// Destructors of what the callbacks hold may call the loop, which is whole until all of them have run.
void LoopCore::drop_callbacks() {
  while (!tasks_.empty() || !signal_callbacks_.empty() || exception_handler) {
    std::exchange(tasks_, {}).clear();
    std::exchange(signal_callbacks_, {}).clear();
    const auto handler = std::move(exception_handler);
  }
}

void LoopCore::leave_members() {
  constexpr int most_named = 10;
  int named = 0;
  for (; !members_.empty(); ++named) {
    auto& member = members_.pop_front();
    if (named < most_named) {
      std::fprintf(stderr,
                   "eddy: ~Loop: %s is still there. It is closed now and does nothing: destroy it before its Loop\n",
                   member.what_it_is().c_str());
    }
    LoopMember::leave_loop(member);
  }
  if (named > most_named) std::fprintf(stderr, "eddy: ~Loop: %d more of the kind\n", named - most_named);
}

void LoopCore::tell_wrong_thread(const char* call) const {
  if (!wrong_thread_told_.exchange(true)) {
    std::fprintf(
        stderr,
        "eddy: %s was called on another thread than its Loop's: expected a task posted by Loop::remote() (this "
        "is told once)\n",
        call);
  }
  assert(false && "a loop belongs to one thread");
}

void LoopCore::run(RunUntil until) {
  refuse_in_child("Loop::run");
  if (turning_) throw std::logic_error("eddy: Loop::run called from inside a callback of the same loop");
  thread_ = std::this_thread::get_id();
  driver->refresh();  // the last look may be long ago: in the constructor, or at the end of an earlier run
  while (until == RunUntil::stopped || !nothing_left()) {
    turn(stop_requested_ ? TimePoint::min() : never);
    if (std::exchange(stop_requested_, false)) break;
  }
  come_to_rest();
  thread_ = {};  // contract 9: from here another thread may destroy the loop and its members
}

// Perhaps nobody turns the loop for a long time: no peer waits for an end until then, and what was freed serves others.
void LoopCore::come_to_rest() {
  driver->come_to_rest();
  delete_closed();
  tell_of_memory();
}

void LoopCore::turn(TimePoint deadline) {
  refuse_in_child("Loop::run or run_once");
  if (turning_) throw std::logic_error("eddy: Loop::run_once called from inside a callback of the same loop");
  thread_ = std::this_thread::get_id();
  const Turning guard(turning_);
  const auto failures = stats.wait_errors;
  driver->wait(work_left() ? TimePoint::min() : std::min(deadline, wheel.next()));
  if (stats.wait_errors != failures && options.observer != nullptr) {
    options.observer->wait_failed(driver->shortage().why());
  }
  const auto began = driver->now();
  ++stats.turns;
  wheel.advance(began);
  run_tasks();
  if (drain_ == Drain::asked) begin_drain();
  process_pending();
  if (drain_ == Drain::under_way && drained()) {
    wheel.remove(drain_timer_);
    drain_ = Drain::no;
    stop();
  }
  delete_closed();
  tell_of_memory();
  driver->refresh();
  stats.lag.add(driver->now() - began);
}

bool LoopCore::work_left() const {
  return !due_.empty() || !few_.empty() || !crowd_.empty() || !tasks_.empty() || !to_delete_.empty() ||
         budget.may_pass() || drain_ == Drain::asked;
}

bool LoopCore::nothing_left() const {
  if (work_left() || stats.open > 0 || wheel.size() > 0 || mailbox_->filled.load(std::memory_order_acquire)) {
    return false;
  }
  bool any = false;
  driver->endpoints().for_each([&](driver::Endpoint&) { any = true; });
  return !any;
}

TimePoint LoopCore::next_deadline() const {
  // Not in the far past: who embeds the loop subtracts the clock from it.
  return work_left() ? driver->now() : std::max(driver->now(), std::min(wheel.next(), driver->next_deadline()));
}

void LoopCore::run_tasks() {
  running_tasks_.swap(tasks_);
  if (mailbox_->filled.load(std::memory_order_acquire)) {
    {
      const std::lock_guard lock(mailbox_->mutex);
      mailbox_->filled.store(false, std::memory_order_relaxed);
      posted_.swap(mailbox_->tasks);
    }
    stats.posts += posted_.size();
    for (auto& task : posted_) guarded(task);
    posted_.clear();
    // Its memory serves the next posts; that of a burst is not kept.
    if (posted_.capacity() > most_posts_kept) posted_.shrink_to_fit();
  }
  for (auto& task : running_tasks_) guarded(task);
  running_tasks_.clear();

  for (auto left = signals_.take(); left != 0; left &= left - 1) {
    const int signal = std::countr_zero(left) + 1;
    // The callback is moved here first, since it may replace itself.
    auto callback = std::move(signal_callbacks_[signal]);
    if (callback) guarded([&] { callback(signal); });
    if (auto& now = signal_callbacks_[signal]; !now) now = std::move(callback);
  }
}

void LoopCore::process_pending() {
  process(due_, unlimited, no_bound);
  // The run is over when all connections have ended.
  const bool all = drain_ == Drain::under_way && patience_over_;
  process(few_, all ? unlimited : slice_of_processing, no_bound);
  process(crowd_, all ? unlimited : slice_of_processing, all ? no_bound : most_of_crowd);
  process(due_, unlimited, no_bound);  // by callbacks of those above
}

// Endpoints that are marked meanwhile wait for the next turn, and so do those that a slice of time is not enough for:
// what one callback wrote to thousands keeps nobody's input waiting for long.
void LoopCore::process(Line& line, Duration slice, std::size_t most) {
  line.processing.take_all(line.marked);
  auto end = never;
  for (std::size_t done = 1; !line.processing.empty(); ++done) {
    auto& endpoint = line.processing.pop_front();
    if (endpoint.kind == driver::Kind::stream) {
      connection_of(endpoint)->process();
    } else {
      socket_of(endpoint)->process();
    }
    if (done == most) return;
    if (slice == unlimited || done % look_at_clock_after != 0) continue;
    const auto now = driver->clock();
    if (now >= end) return;
    if (end == never) end = now + slice;
  }
}

void LoopCore::delete_closed() {
  while (!to_delete_.empty()) delete connection_of(to_delete_.pop_front());
}

void LoopCore::tell_of_memory() {
  for (auto id = budget.pass(); id != Id{}; id = budget.pass()) {
    auto* connection = loop.find(id);
    assert(connection != nullptr);
    connection->memory_freed();
  }
}

void LoopCore::on_signal(int signal, Callback<void(int)> callback) {
  auto& place = signal_callbacks_[signal];  // first: a signal that is received is not to be lost for want of memory
  signals_.receive(signal);
  place = std::move(callback);
}

void LoopCore::descriptor_freed() {
  if (exhausted_listeners == 0) return;
  driver->endpoints().for_each([](driver::Endpoint& endpoint) {
    if (endpoint.kind == driver::Kind::acceptor) listener_of(endpoint)->end_back_off();
  });
}

void LoopCore::drain(Duration patience) {
  const auto deadline = deadline_after(driver->clock(), patience);
  if (!drain_timer_.linked() || deadline < drain_timer_.when()) wheel.insert(drain_timer_, deadline);
  if (drain_ != Drain::no) return;
  drain_ = Drain::asked;
  patience_over_ = false;
}

void LoopCore::begin_drain() {
  drain_ = Drain::under_way;
  driver->endpoints().for_each([](driver::Endpoint& endpoint) {
    switch (endpoint.kind) {
      case driver::Kind::acceptor: listener_of(endpoint)->close(); break;
      case driver::Kind::stream: connection_of(endpoint)->drain(); break;
      case driver::Kind::datagrams: socket_of(endpoint)->pause(); break;
      case driver::Kind::watched: break;
    }
  });
}

bool LoopCore::drained() {
  // When patience is over all connections have ended; those that are open were made since, by an on_close.
  if (patience_over_) return true;
  if (stats.open > 0) return false;
  bool datagrams_queued = false;
  driver->endpoints().for_each([&](driver::Endpoint& endpoint) {
    if (endpoint.kind == driver::Kind::datagrams && socket_of(endpoint)->queued() > 0) datagrams_queued = true;
  });
  return !datagrams_queued;
}

void LoopCore::end_drain() {
  patience_over_ = true;
  driver->endpoints().for_each([](driver::Endpoint& endpoint) {
    if (endpoint.kind == driver::Kind::stream) connection_of(endpoint)->end(Errc::drain_deadline, true);
  });
}

void LoopCore::report(std::exception_ptr exception) {
  ++stats.exceptions;
  // The text is not copied: there may be no memory, which may be what the exception tells.
  const auto tell = [this](const char* what) {
    if (options.observer != nullptr) options.observer->exception(what);
    if (!exception_handler) std::fprintf(stderr, "eddy: an exception left a callback: %s\n", what);
  };
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    tell(known.what());
  } catch (...) {
    tell("unknown exception");
  }
  if (!exception_handler) return;
  // The handler is moved here first, since it may replace itself.
  auto handler = std::move(exception_handler);
  handler(std::move(exception));
  if (!exception_handler) exception_handler = std::move(handler);
}

}  // namespace eddy
