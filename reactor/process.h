// Process: a child process of a loop. It starts a program, and calls back when that has ended.
//
//   eddy::Process sort{loop, {"sort", "-u"}, [&](eddy::ProcessEnd end) { report(end.succeeded()); },
//                      {.in = eddy::ProcessStream::connection<Feeder>(), .out =
//                      eddy::ProcessStream::connection<Reader>()}};
//   if (sort.in()->send("b\na\n") == eddy::SendResult::refused) return;  // more than its output_cap
//   sort.in()->close();  // the program reads the end
//
// The program gets no signal handlers, ignores no signal and blocks none. The program also gets each descriptor of ours
// that is not close-on-exec (eddy's own are). The program does not stay a zombie, and no other child's status is taken:
// somebody else's waitpid(2) for one's own children is not disturbed. One for any child (-1) may come first, and so may
// the system when SIGCHLD is ignored: then a ProcessEnd has neither code nor signal.
//
// In a forked child a copy of this object does nothing: the program and its end are the parent's. Belongs to its loop's
// thread and must not outlive the loop (~Loop names one that does; it never calls again). It neither copies nor moves:
// keep it as a member, in a std::deque, or in a unique_ptr. A running one holds Loop::run(RunUntil::nothing_left).
//
// Linux 5.4 and newer, macOS, the BSDs. Not on Windows yet: there is no Process there.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reactor/callback.h"
#include "reactor/connection.h"
#include "reactor/driver/fork_mark.h"
#include "reactor/listener.h"
#include "reactor/loop.h"
#include "reactor/loop_member.h"
#include "reactor/owned_socket.h"
#include "reactor/process_end.h"
#include "reactor/watch.h"

namespace eddy {

// What a process has as its standard input, output or error.
class ProcessStream {
 public:
  // What this process has itself.
  static ProcessStream inherit() { return {}; }
  // /dev/null: nothing comes from it, and what goes to it is dropped.
  static ProcessStream null() { return ProcessStream(true); }
  // A pipe, whose other end is a Connection with a session from `factory()`: it writes to an input, and reads an output
  // or the errors (listener.h: adopt). The connection lives as long as any: it may end before or after the process.
  template <Session S, class Factory>
  requires std::is_invocable_r_v<S, Factory&>
  static ProcessStream connection(Factory factory, const ConnectionOptions& options = {}) {
    ProcessStream stream;
    stream.take_ = [factory = std::move(factory), options](Loop& loop, OwnedSocket end) mutable -> Connection& {
      return adopt<S>(loop, std::move(end), std::move(factory), options);
    };
    return stream;
  }
  template <Session S>
  static ProcessStream connection(const ConnectionOptions& options = {}) requires std::default_initializable<S> {
    return connection<S>([] { return S(); }, options);
  }

 private:
  friend class Process;
  ProcessStream() = default;
  explicit ProcessStream(bool null) : null_(null) {}

  bool null_ = false;
  Callback<Connection&(Loop&, OwnedSocket)> take_;
};

struct ProcessOptions {
  ProcessStream in = ProcessStream::inherit();
  ProcessStream out = ProcessStream::inherit();
  ProcessStream err = ProcessStream::inherit();
  // All of its environment, as "NAME=value". Unset: ours.
  std::optional<std::vector<std::string>> environment = {};
  // Where it starts; empty: where we are. Not on OpenBSD, NetBSD and FreeBSD before 13.1 (operation_not_supported).
  std::string directory = {};
  // Whether ~Process ends a process that runs still, by SIGKILL.
  bool kill_at_destruction = false;
};

class Process final : private LoopMember {
 public:
  // Starts arguments[0], which is looked for in PATH unless it has a slash, with all the arguments. `on_exit` comes
  // from the loop, once, when it has ended; output that it wrote may still be in its pipes then. May be empty. Throws
  // std::system_error that names the program and what failed: no such program, one that may not be run, no such
  // directory, no more processes. Then nothing runs, and a session that one of its streams has already gets its
  // on_close alone.
  [[nodiscard]] Process(Loop& loop, std::vector<std::string> arguments, Callback<void(ProcessEnd)> on_exit,
                        ProcessOptions options = {});
  // Lets a process that runs still go on, and calls no more; with kill_at_destruction ends it first. A thread of the
  // library's waits for its end, so that it stays no zombie. Its pipes live on, too. Also from inside on_exit.
  ~Process() override;

  // Sends it a signal. False when it has ended. Throws std::system_error for a signal that may not be sent.
  bool kill(int signal);

  int pid() const { return pid_; }           // also when it has ended, and the number may be another's
  bool running() const { return running_; }  // on_exit is still to come

  // Its streams that are connections; null for others, and when they have ended.
  Connection* in() const { return stream(0); }
  Connection* out() const { return stream(1); }
  Connection* err() const { return stream(2); }

 private:
  // LoopMember
  std::string what_it_is() const override;
  void loop_ends() override { watch_ = {}; }
  void left_to_parent() override;

  Connection* stream(std::size_t number) const;
  void start(const ProcessOptions& options, std::array<OwnedSocket, 3>& ours);
  void take_streams(Loop& loop, ProcessOptions& options, std::array<OwnedSocket, 3> ours);
  void exited();
  [[noreturn]] void fail(std::error_code error, const std::string& why) const;

  const std::vector<std::string> arguments_;
  Callback<void(ProcessEnd)> on_exit_;
  const bool kill_at_destruction_;
  const driver::ForkMark owner_;  // of the process that started it: a forked copy of this object does nothing
  int pid_ = 0;
  bool running_ = false;
  std::array<Id, 3> streams_{};
  OwnedSocket exit_;
  Watch watch_;  // of exit_, and goes first
};

}  // namespace eddy
