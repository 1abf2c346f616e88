// LoopCore: the inside of a Loop, shared by the engine's own parts. Not for users.
#pragma once

#include <atomic>
#include <cassert>
#include <exception>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "reactor/block.h"
#include "reactor/callback.h"
#include "reactor/connection.h"
#include "reactor/driver/driver.h"
#include "reactor/driver/signals.h"
#include "reactor/loop.h"
#include "reactor/loop_member.h"
#include "reactor/memory_budget.h"
#include "reactor/remote.h"
#include "reactor/timer_wheel.h"

namespace eddy {

class DatagramSocket;
class ListenerBase;

class LoopCore {
 public:
  LoopCore(Loop& owner, LoopOptions with);
  ~LoopCore();
  LoopCore(const LoopCore&) = delete;
  LoopCore& operator=(const LoopCore&) = delete;

  // Parts
  Loop& loop;
  const LoopOptions options;
  Stats stats;
  BlockPool pool;
  MemoryBudget budget{options.memory_budget, pool};
  DriverInfo info;
  const std::unique_ptr<driver::Driver> driver;
  TimerWheel wheel;

  // Turning
  void run(RunUntil until);
  void turn(TimePoint deadline);
  void stop() { stop_requested_ = true; }
  void after_fork();
  void drain(Duration patience);
  bool draining() const { return drain_ != Drain::no; }
  bool drain_began() const { return drain_ == Drain::under_way; }  // what opens now is told at once
  bool ending = false;                                             // ~LoopCore runs
  // Throws std::logic_error there: before after_fork() the loop is the parent's.
  void refuse_in_child(const char* call) const;
  TimePoint next_deadline() const;

  // What an endpoint of that kind is to the engine.
  static Connection* connection_of(driver::Endpoint& stream);
  static ListenerBase* listener_of(driver::Endpoint& acceptor);
  static DatagramSocket* socket_of(driver::Endpoint& datagrams);

  // Work for later
  void post(Callback<void()> task) { tasks_.push_back(std::move(task)); }
  Remote remote() const { return Remote(mailbox_); }
  // Calls endpoint.process() at step 5. The endpoint may unlink its PendingNode before that.
  void mark_pending(driver::Endpoint& endpoint) {
    (++marked_by_callback_ <= most_of_few ? few_ : crowd_).marked.push_back(endpoint);
  }
  // The same in no slice: more would arrive until its kept input is offered.
  void mark_due(driver::Endpoint& endpoint) { due_.marked.push_back(endpoint); }
  void callback_begins() { marked_by_callback_ = 0; }
  // Deletes the connection at step 6.
  void delete_later(driver::Stream& connection) { to_delete_.push_back(connection); }

  void on_signal(int signal, Callback<void(int)> callback);

  void add(LoopMember& member) { members_.push_back(member); }

  // A descriptor was closed: listeners that wait for one may go on.
  void descriptor_freed();
  int exhausted_listeners = 0;

  // Runs a callback; what it throws goes to the handler.
  template <class F>
  void guarded(F&& callback) {
    callback_begins();
    try {
      callback();
    } catch (...) {
      report(std::current_exception());
    }
  }
  void report(std::exception_ptr exception);
  Callback<void(std::exception_ptr)> exception_handler;

  // Gives a loop that nobody turns to the calling thread.
  void move_to_this_thread() { thread_ = std::this_thread::get_id(); }
  // For calls that are too frequent to look at in every build.
  void assert_thread() const { assert(on_its_thread() && "a loop belongs to one thread"); }
  // For all others: a call on another thread is told on stderr in every build, and ends a debug build.
  void check_thread(const char* call) const {
    if (!on_its_thread()) tell_wrong_thread(call);
  }

 private:
  enum class Drain : std::uint8_t { no, asked, under_way };
  struct DrainTimer final : TimerNode {
    explicit DrainTimer(LoopCore& of) : core(of) {}
    void expired(TimePoint /*now*/) override { core.end_drain(); }
    LoopCore& core;
  };

  using Endpoints = List<driver::Endpoint, driver::PendingList>;
  struct Line {
    bool empty() const { return marked.empty() && processing.empty(); }
    Endpoints marked;
    Endpoints processing;  // what this turn, or the next one, has yet to come to
  };
  // Of one callback: those that it marks beyond these are a crowd.
  static constexpr std::size_t most_of_few = 16;

  bool work_left() const;
  bool nothing_left() const;
  void tell_of_memory();
  void run_tasks();
  void process_pending();
  void process(Line& line, Duration slice, std::size_t most);
  void delete_closed();
  void come_to_rest();
  void begin_drain();
  bool drained();
  void end_drain();
  // A forked child has one thread, whichever that was in its parent.
  bool on_its_thread() const {
    return thread_ == std::thread::id() || thread_ == std::this_thread::get_id() || driver->in_child();
  }
  std::vector<Remote::Task> close_mailbox();
  void tell_wrong_thread(const char* call) const;
  void drop_callbacks();
  void leave_members();

  std::shared_ptr<Remote::Mailbox> mailbox_;
  std::unordered_map<int, Callback<void(int)>> signal_callbacks_;
  driver::SignalReceiver signals_;
  std::vector<Callback<void()>> tasks_;
  std::vector<Callback<void()>> running_tasks_;
  std::vector<Callback<void()>> posted_;  // from other threads
  // Pending endpoints, in lines, so that an answer does not wait behind what somebody wrote to thousands.
  Line due_;
  Line few_;
  Line crowd_;
  std::size_t marked_by_callback_ = 0;
  Endpoints to_delete_;  // connections
  DrainTimer drain_timer_{*this};
  Drain drain_ = Drain::no;
  bool patience_over_ = false;
  bool stop_requested_ = false;
  bool turning_ = false;
  std::thread::id thread_ = std::this_thread::get_id();  // no thread's after a run: the next run's thread gets it
  mutable std::atomic<bool> wrong_thread_told_ = false;
  List<LoopMember, LoopMember> members_;
};

}  // namespace eddy
