// Child processes: their streams are connections, their ends come from the loop, and none stays a zombie.
#include <gtest/gtest.h>
#include <reactor/process.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "../support/child.h"
#include "../support/driver_choice.h"
#include "../support/loop_until.h"
#include "../support/scripted.h"

namespace eddy::test {
namespace {

using namespace std::chrono_literals;

// A zombie is still there.
bool is_gone(int pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

class ProcessOf : public OnDriver {
 protected:
  static std::vector<std::string> shell(std::string script) { return {"sh", "-c", std::move(script)}; }
  ProcessStream connected(Script& script) { return ProcessStream::connection<Scripted>(script.factory()); }
  Callback<void(ProcessEnd)> note_end() {
    return [this](ProcessEnd end) { ends.push_back(end); };
  }
  template <class Condition>
  bool until(Condition condition) {
    return turn_until(loop, condition);
  }
  bool ended() {
    return until([&] { return !ends.empty(); });
  }
  std::string why_not_started(std::vector<std::string> arguments, ProcessOptions options = {}) {
    const auto has_child = [] { return ::waitpid(-1, nullptr, WNOHANG) != -1; };
    EXPECT_TRUE(until([&] { return !has_child(); })) << "an earlier test's";
    try {
      const Process process(loop, std::move(arguments), note_end(), std::move(options));
    } catch (const std::system_error& error) {
      EXPECT_FALSE(has_child()) << "a child is left";
      return error.what();
    }
    return "it was started";
  }

  Script in;  // outlive the loop, whose end calls on_close
  Script out;
  Script other;
  std::vector<ProcessEnd> ends;
  Loop loop{{.driver = driver()}};
};
INSTANTIATE_TEST_SUITE_P(Drivers, ProcessOf, each_driver(), driver_of);

TEST_P(ProcessOf, CatEchoesTenMegabytesThroughBothPipes) {
  std::string all(10'000'000, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>('a' + i * 7 % 26);
  std::size_t sent = 0;
  in.on_open = in.on_low = [&](Connection& writer) {
    for (; sent < all.size(); sent += 50'000) {
      const auto result = writer.send(Bytes(all).without_first(sent).first(50'000));
      ASSERT_NE(result, SendResult::refused);
      if (result == SendResult::accepted_above_high_mark) return void(sent += 50'000);
    }
    writer.finish();
  };
  const Process cat(loop, {"cat"}, note_end(), {.in = connected(in), .out = connected(out)});
  EXPECT_GT(cat.pid(), 0);
  EXPECT_TRUE(ends.empty());
  ASSERT_TRUE(until([&] { return !ends.empty() && in.closed() && out.closed(); }));
  EXPECT_TRUE(out.received == all) << out.received.size();
  EXPECT_TRUE(ends.front().succeeded());
  EXPECT_FALSE(in.why());
  EXPECT_FALSE(out.why());
  EXPECT_EQ(cat.in(), nullptr);
  EXPECT_TRUE(is_gone(cat.pid()));
  EXPECT_EQ(loop.stats().open, 0U);
}

TEST_P(ProcessOf, StreamsAreReachedAsSoonAsItIsStarted) {
  Process cat(loop, {"cat"}, note_end(), {.in = connected(in), .out = connected(out)});
  EXPECT_EQ(cat.err(), nullptr);
  ASSERT_NE(cat.out(), nullptr);
  EXPECT_EQ(cat.out()->send("what?"), SendResult::refused);
  EXPECT_EQ(cat.in()->send("early"), SendResult::accepted);
  cat.in()->close();
  ASSERT_TRUE(until([&] { return !ends.empty() && out.closed(); }));
  EXPECT_EQ(out.received, "early");
}

TEST_P(ProcessOf, ExitCodesAreTold) {
  std::deque<Process> processes;
  for (const int code : {0, 1, 7, 255}) {
    ends.clear();
    processes.emplace_back(loop, shell("exit " + std::to_string(code)), note_end());
    ASSERT_TRUE(ended());
    EXPECT_EQ(ends.front().code, code);
    EXPECT_FALSE(ends.front().signal);
    EXPECT_EQ(ends.front().succeeded(), code == 0);
    EXPECT_FALSE(processes.back().running());
    EXPECT_FALSE(processes.back().kill(SIGTERM));
  }
}

TEST_P(ProcessOf, SignalsAreSentAndTold) {
  Process cat(loop, {"cat"}, note_end(), {.in = connected(in)});
  EXPECT_TRUE(cat.running());
  EXPECT_TRUE(cat.kill(SIGTERM));
  ASSERT_TRUE(ended());
  EXPECT_EQ(ends.front().signal, SIGTERM);
  EXPECT_FALSE(ends.front().code);
  EXPECT_FALSE(ends.front().succeeded());
  EXPECT_FALSE(cat.kill(SIGTERM));
}

TEST_P(ProcessOf, SignalThatIsNoneIsAnError) {
  Process cat(loop, {"cat"}, note_end(), {.in = connected(in), .kill_at_destruction = true});
  try {
    cat.kill(12345);
    ADD_FAILURE() << "expected an error";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("signal 12345 to a Process of \"cat\""), std::string::npos)
        << error.what();
  }
}

TEST_P(ProcessOf, ManyAtOnceEndEachWithItsOwn) {
  constexpr int count = 60;
  std::deque<Process> processes;
  std::vector<int> codes(count, -1);
  std::deque<Script> scripts(count);
  for (int i = 0; i < count; ++i) {
    processes.emplace_back(
        loop, shell("read line; echo $line; exit " + std::to_string(i)),
        [&codes, i](ProcessEnd end) { codes[static_cast<std::size_t>(i)] = end.code.value_or(-2); },
        ProcessOptions{.in = connected(in), .out = connected(scripts[static_cast<std::size_t>(i)])});
  }
  for (int i = 0; i < count; ++i) processes[static_cast<std::size_t>(i)].in()->send("line " + std::to_string(i) + "\n");
  ASSERT_TRUE(until([&] {
    return std::none_of(codes.begin(), codes.end(), [](int code) { return code == -1; }) &&
           std::all_of(scripts.begin(), scripts.end(), [](const Script& script) { return script.closed(); });
  }));
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(codes[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(scripts[static_cast<std::size_t>(i)].received, "line " + std::to_string(i) + "\n");
    EXPECT_TRUE(is_gone(processes[static_cast<std::size_t>(i)].pid()));
  }
}

TEST_P(ProcessOf, WhatCannotBeStartedIsNamedByTheCall) {
  const auto expect = [&](const std::string& expected, std::vector<std::string> arguments,
                          ProcessOptions options = {}) {
    const auto why = why_not_started(std::move(arguments), std::move(options));
    EXPECT_NE(why.find(expected), std::string::npos) << why;
  };
  expect("start \"eddy-there-is-none\": No such file", {"eddy-there-is-none", "-x"});
  expect("start \"/nonexistent/program\": No such file", {"/nonexistent/program"}, {.in = connected(in)});
  expect("start \"/etc/passwd\": Permission denied", {"/etc/passwd"});
  expect("start a process: expected the program", {});
  expect("start \"cat\": expected arguments without a NUL", {"cat", std::string("a\0b", 3)});
  expect("environment \"PATH\": expected NAME=value", {"cat"}, {.environment = {{"PATH"}}});
  turn_for(loop, 5ms);
  EXPECT_TRUE(ends.empty());
  EXPECT_TRUE(in.events.empty()) << "a stream of a process that was not started";
  EXPECT_EQ(loop.stats().open, 0U);
}

TEST_P(ProcessOf, DirectoryAndEnvironmentAreTheCallers) {
  Process process(loop, shell("pwd; echo \"$EDDY_WORD\"; echo \"$HOME\""), note_end(),
                  {.out = connected(out), .environment = {{"EDDY_WORD=two words", "HOME="}}, .directory = "/"});
  ASSERT_TRUE(until([&] { return !ends.empty() && out.closed(); }));
  EXPECT_EQ(out.received, "/\ntwo words\n\n");
  const auto why = why_not_started({"cat"}, {.directory = "/nonexistent"});
  EXPECT_NE(why.find("start \"cat\": in directory \"/nonexistent\": No such file"), std::string::npos) << why;
}

TEST_P(ProcessOf, NullStreamsGiveNothingAndDropAll) {
  const Process process(loop, shell("cat; echo lost; echo lost >&2"), note_end(),
                        {.in = ProcessStream::null(), .out = ProcessStream::null(), .err = ProcessStream::null()});
  ASSERT_TRUE(ended());
  EXPECT_TRUE(ends.front().succeeded());
}

TEST_P(ProcessOf, ErrorsAreAStreamOfTheirOwn) {
  const Process process(loop, shell("echo good; echo bad >&2"), note_end(),
                        {.out = connected(out), .err = connected(other)});
  ASSERT_TRUE(until([&] { return out.closed() && other.closed(); }));
  EXPECT_EQ(out.received, "good\n");
  EXPECT_EQ(other.received, "bad\n");
}

TEST_P(ProcessOf, ChildThatClosesItsInputEarlyEndsThatStreamAlone) {
  Process process(loop, shell("exec <&-; echo closed; exec sleep 600"), note_end(),
                  {.in = connected(in), .out = connected(out), .kill_at_destruction = true});
  ASSERT_TRUE(until([&] { return out.received == "closed\n"; }));
  if (auto* writer = process.in()) writer->send(std::string(100'000, 'x'));
  ASSERT_TRUE(until([&] { return in.closed(); }));
  EXPECT_EQ(in.why(), std::errc::broken_pipe);
  EXPECT_TRUE(process.running());
  EXPECT_FALSE(out.closed());
}

TEST_P(ProcessOf, SignalsAreAsInANewProgram) {
  sigset_t some;
  sigset_t before;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &some, &before);
  const auto handler = std::signal(SIGUSR2, SIG_IGN);
  for (const auto* name : {"USR1", "USR2", "PIPE"}) {
    ends.clear();
    const Process process(loop, shell("kill -" + std::string(name) + " $$; exit 5"), note_end());
    ASSERT_TRUE(ended());
    EXPECT_TRUE(ends.front().signal) << name;
  }
  std::signal(SIGUSR2, handler);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_P(ProcessOf, LaterProcessDoesNotHoldThePipesOfAnEarlierOne) {
  Process first(loop, {"cat"}, note_end(), {.in = connected(in), .out = connected(out)});
  Process second(loop, {"cat"}, {}, {.in = connected(other), .kill_at_destruction = true});
  first.in()->close();
  ASSERT_TRUE(until([&] { return !ends.empty() && out.closed(); }));
  EXPECT_TRUE(second.running());
}

TEST_P(ProcessOf, StandardDescriptorsOfOursMayBeClosed) {
  const auto child = ::fork();
  if (child == 0) {
    Loop own({.driver = driver()});
    for (const int standard : {0, 1, 2}) ::close(standard);  // the pipes are the next to have their numbers
    const Process shouts(own, shell("echo bad >&2"), {},
                         {.in = ProcessStream::null(), .out = ProcessStream::null(), .err = connected(other)});
    if (!turn_until(own, [&] { return other.closed() && !shouts.running(); }) || other.received != "bad\n") ::_exit(2);
    Process cat(own, {"cat"}, note_end(), {.in = connected(in), .out = connected(out)});
    cat.in()->send("hello");
    cat.in()->close();
    const bool echoed = turn_until(own, [&] { return out.closed() && !ends.empty(); });
    ::_exit(echoed && out.received == "hello" && ends.front().succeeded() ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_P(ProcessOf, DestroyedOneGoesOnWithItsPipesAndLeavesNoZombie) {
  auto cat = std::make_unique<Process>(loop, std::vector<std::string>{"cat"}, note_end(),
                                       ProcessOptions{.in = connected(in), .out = connected(out)});
  const int pid = cat->pid();
  ASSERT_TRUE(until([&] { return in.opened() && out.opened(); }));
  cat.reset();
  loop.find(in.last)->send("still there");
  ASSERT_TRUE(until([&] { return out.received == "still there"; }));
  loop.find(in.last)->close();
  ASSERT_TRUE(until([&] { return out.closed() && is_gone(pid); }));
  EXPECT_TRUE(ends.empty());
}

TEST_P(ProcessOf, DestroyedOneIsKilledOnRequest) {
  auto cat = std::make_unique<Process>(loop, std::vector<std::string>{"cat"}, note_end(),
                                       ProcessOptions{.in = connected(in), .kill_at_destruction = true});
  const int pid = cat->pid();
  cat.reset();
  ASSERT_TRUE(until([&] { return is_gone(pid); }));
  EXPECT_TRUE(ends.empty());
}

TEST_P(ProcessOf, EndOfTheLoopLeavesItRunningAndNamed) {
  auto brief = std::make_unique<Loop>(LoopOptions{.driver = driver()});
  Process cat(*brief, {"cat"}, note_end(), {.in = connected(in), .kill_at_destruction = true});
  testing::internal::CaptureStderr();
  brief.reset();
  const auto told = testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("a Process of \"cat\" (" + std::to_string(cat.pid()) + ")"), std::string::npos) << told;
  EXPECT_EQ(told.find("Watch"), std::string::npos) << told;
  EXPECT_EQ(in.why(), Errc::loop_gone);
  EXPECT_EQ(cat.in(), nullptr);
  EXPECT_TRUE(cat.kill(SIGKILL));
}

TEST_P(ProcessOf, OnExitMayDestroyIt) {
  std::unique_ptr<Process> process;
  process = std::make_unique<Process>(loop, shell("exit 3"), [&, kept = std::string(100, 'k')](ProcessEnd end) {
    process.reset();
    ends.push_back(end);
    EXPECT_EQ(kept.size(), 100U);
  });
  ASSERT_TRUE(ended());
  EXPECT_EQ(ends.front().code, 3);
}

TEST_P(ProcessOf, ExceptionFromOnExitReachesTheLoopsHandler) {
  std::string told;
  loop.on_exception([&](std::exception_ptr exception) {
    try {
      std::rethrow_exception(std::move(exception));
    } catch (const std::runtime_error& error) {
      told = error.what();
    }
  });
  const Process process(loop, shell(":"), [](ProcessEnd) { throw std::runtime_error("thrown"); });
  ASSERT_TRUE(until([&] { return !told.empty(); }));
  EXPECT_EQ(told, "thrown");
}

TEST_P(ProcessOf, RunningOneHoldsALoopThatRunsUntilNothingIsLeft) {
  const Process process(loop, shell("sleep 0.05; exit 4"), note_end());
  loop.run(RunUntil::nothing_left);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends.front().code, 4);
}

TEST_P(ProcessOf, WaitsOfOthersAreNotDisturbed) {
  const auto theirs = ::fork();
  if (theirs == 0) ::_exit(9);
  const Process process(loop, shell("exit 1"), note_end());
  ASSERT_TRUE(ended());
  int status = 0;
  ASSERT_EQ(::waitpid(theirs, &status, 0), theirs);
  EXPECT_EQ(WEXITSTATUS(status), 9);
}

TEST_P(ProcessOf, StatusThatSomebodyElseTookIsUnknown) {
  Process process(loop, shell("exit 1"), note_end());
  EXPECT_EQ(::waitpid(-1, nullptr, 0), process.pid());
  ASSERT_TRUE(ended());
  EXPECT_FALSE(ends.front().code);
  EXPECT_FALSE(ends.front().signal);
  EXPECT_FALSE(ends.front().succeeded());
  EXPECT_FALSE(process.kill(SIGKILL));
}

TEST_P(ProcessOf, StatusIsUnknownWhereSigchldIsIgnored) {
  const auto child = ::fork();
  if (child == 0) {
    std::signal(SIGCHLD, SIG_IGN);
    try {
      Loop own({.driver = driver()});
      const Process process(own, shell("exit 1"), note_end());
      const bool told = turn_until(own, [&] { return !ends.empty(); });
      ::_exit(told && !ends.front().code && !ends.front().signal ? 0 : 1);
    } catch (const std::exception&) {
      ::_exit(2);
    }
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

struct ThrowsAtOnce {
  ThrowsAtOnce() { throw std::runtime_error("no room"); }
  void on_data(Connection& /*peer*/, Bytes /*in*/) const {}
};

TEST_P(ProcessOf, SessionsOfOneThatCouldNotBeMadeAreNotOpened) {
  ProcessOptions options;
  options.in = connected(in);
  options.out = ProcessStream::connection<ThrowsAtOnce>();
  EXPECT_THROW(Process(loop, {"cat"}, note_end(), std::move(options)), std::runtime_error);
  ASSERT_TRUE(until([&] { return in.closed(); }));
  EXPECT_FALSE(in.opened());
  EXPECT_TRUE(ends.empty());
}

TEST_P(ProcessOf, ForkedCopyLeavesItToTheParent) {
  if (loop.driver().name == "io_uring") GTEST_SKIP() << "a loop on io_uring cannot go on in a child";
  Process sleeper(loop, {"sleep", "100"}, note_end());
  EXPECT_TRUE(Child([&] {
                loop.after_fork();
                turn_for(loop, 20ms);
                return !sleeper.running() && !sleeper.kill(SIGKILL) && ends.empty();
              }).was_good());
  turn_for(loop, 20ms);
  EXPECT_TRUE(sleeper.running());
  EXPECT_TRUE(sleeper.kill(SIGTERM));
  ASSERT_TRUE(ended());
  EXPECT_EQ(ends[0].signal, SIGTERM);
}

}  // namespace
}  // namespace eddy::test
