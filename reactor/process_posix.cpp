#include <unistd.h>

#include <csignal>

#include "reactor/driver/child.h"
#include "reactor/loop_core.h"
#include "reactor/process.h"

namespace eddy {
namespace {

bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

// Why it cannot be started; empty when it can be tried.
std::string what_is_wrong(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  if (arguments.empty() || arguments.front().empty()) return "expected the program as the first argument";
  for (const auto& argument : arguments) {
    if (has_nul(argument)) return "expected arguments without a NUL character";
  }
  if (has_nul(options.directory)) return "expected a directory without a NUL character";
  if (!options.environment) return {};
  for (const auto& variable : *options.environment) {
    if (has_nul(variable)) return "expected an environment without a NUL character";
    if (variable.find('=', 1) == std::string::npos) return "environment \"" + variable + "\": expected NAME=value";
  }
  return {};
}

}  // namespace

Process::Process(Loop& loop, std::vector<std::string> arguments, Callback<void(ProcessEnd)> on_exit,
                 ProcessOptions options)
    : LoopMember(loop.core()),
      arguments_(std::move(arguments)),
      on_exit_(std::move(on_exit)),
      kill_at_destruction_(options.kill_at_destruction) {
  if (const auto wrong = what_is_wrong(arguments_, options); !wrong.empty()) {
    fail(std::make_error_code(std::errc::invalid_argument), wrong);
  }
  std::array<OwnedSocket, 3> ours;
  start(options, ours);
  try {
    std::error_code error;
    exit_ = driver::exit_descriptor(pid_, error);
    if (error) fail(error, "to hear of its end");
    watch_ = loop.watch(exit_.get(), Interest::read, [this](Ready) { exited(); });
    take_streams(loop, options, std::move(ours));
  } catch (...) {
    watch_ = {};
    for (const auto id : streams_) {
      if (auto* begun = loop.find(id)) begun->abort();
    }
    ::kill(pid_, SIGKILL);
    driver::reap_later(pid_, std::move(exit_));
    throw;
  }
  running_ = true;
}

Process::~Process() {
  if (owner_.in_child()) left_to_parent();
  if (!running_) return;
  if (core_ != nullptr) core_->check_thread("Process's destructor");
  watch_ = {};
  if (kill_at_destruction_) static_cast<void>(driver::send_signal({pid_, exit_}, SIGKILL));
  driver::reap_later(pid_, std::move(exit_));
}

void Process::fail(std::error_code error, const std::string& why) const {
  const auto program = arguments_.empty() ? std::string("a process") : "\"" + arguments_.front() + "\"";
  throw std::system_error(error, "start " + program + (why.empty() ? "" : ": " + why));
}

void Process::start(const ProcessOptions& options, std::array<OwnedSocket, 3>& ours) {
  driver::ChildStart child{.arguments = arguments_, .environment = options.environment, .directory = options.directory};
  const std::array wanted{&options.in, &options.out, &options.err};
  std::array<OwnedSocket, 3> theirs;
  std::error_code error;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]->null_) child.streams[i] = driver::null_device;
    if (!wanted[i]->take_) continue;
    auto ends = driver::open_pipe(error);
    if (error) fail(error, "a pipe to it");
    theirs[i] = std::move(i == 0 ? ends.first : ends.second);
    ours[i] = std::move(i == 0 ? ends.second : ends.first);
    child.streams[i] = theirs[i].get();
  }
  pid_ = driver::start_child(child, error);
  if (!error) return;
  const auto& directory = options.directory;
  const bool misses_directory = !directory.empty() && ::access(directory.c_str(), X_OK) != 0;
  fail(error, misses_directory ? "in directory \"" + directory + "\"" : std::string());
}

void Process::take_streams(Loop& loop, ProcessOptions& options, std::array<OwnedSocket, 3> ours) {
  const std::array wanted{&options.in, &options.out, &options.err};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]->take_) streams_[i] = wanted[i]->take_(loop, std::move(ours[i])).id();
  }
}

Connection* Process::stream(std::size_t number) const {
  return core_ == nullptr || streams_[number] == Id{} ? nullptr : core_->loop.find(streams_[number]);
}

void Process::left_to_parent() {
  watch_ = {};
  running_ = false;
  on_exit_ = {};
  driver::leave_to_parent(std::move(exit_));
}

bool Process::kill(int signal) {
  if (!running_ || owner_.in_child()) return false;
  const auto error = driver::send_signal({pid_, exit_}, signal);
  if (error && error != std::errc::no_such_process) {
    throw std::system_error(error, "signal " + std::to_string(signal) + " to " + what_it_is());
  }
  return !error;
}

void Process::exited() {
  const auto end = driver::reap({pid_, exit_});
  if (!end) return;
  running_ = false;
  watch_ = {};
  exit_ = {};
  auto on_exit = std::move(on_exit_);  // it may destroy this object
  if (on_exit) on_exit(*end);
}

std::string Process::what_it_is() const {
  return "a Process of \"" + arguments_.front() + "\" (" + std::to_string(pid_) + ")";
}

}  // namespace eddy
