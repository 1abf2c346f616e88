#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>
#ifdef __linux__
#include <sys/syscall.h>
#else
#include "reactor/driver/kevent_call.h"
#endif

#include "reactor/driver/child.h"
#include "reactor/driver/retry.h"

namespace eddy::driver {
namespace {

#ifdef __linux__
// Headers older than the calls lack these numbers.
constexpr long pidfd_send_signal_call = 424;
constexpr long pidfd_open_call = 434;
constexpr auto by_pidfd = static_cast<idtype_t>(3);

// The wait goes through the descriptor: the number may be another child's when somebody else has taken the status.
bool wait_for(const Child& child, bool at_once, ProcessEnd& end) {
  siginfo_t info{};
  const int flags = WEXITED | (at_once ? WNOHANG : 0);
  const auto kind = child.exit ? by_pidfd : P_PID;
  const auto number = static_cast<id_t>(child.exit ? child.exit.get() : child.number);
  if (retry([&] { return ::waitid(kind, number, &info, flags); }) != 0) return true;
  if (info.si_pid == 0) return false;
  (info.si_code == CLD_EXITED ? end.code : end.signal) = info.si_status;
  return true;
}
#else
// The event of an end may come a moment before the status is there, so it is waited for also when `at_once` is asked.
bool wait_for(const Child& child, bool /*at_once*/, ProcessEnd& end) {
  int status = 0;
  if (retry([&] { return ::waitpid(child.number, &status, 0); }) != child.number) return true;
  if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return true;
}
#endif

// Stands for the exit of a child that had gone before it could be asked for: a pipe that nobody writes to is readable
// for good.
OwnedSocket readable_for_good(std::error_code& error) { return open_pipe(error).first; }

}  // namespace

#ifdef __linux__
OwnedSocket exit_descriptor(int child, std::error_code& error) {
  OwnedSocket descriptor(static_cast<int>(::syscall(pidfd_open_call, child, 0)));
  if (descriptor) return descriptor;
  if (errno == ESRCH) return readable_for_good(error);  // somebody else has its status
  error = last_error();
  return {};
}

std::error_code send_signal(const Child& child, int signal) {
  const bool sent = ::syscall(pidfd_send_signal_call, child.exit.get(), signal, nullptr, 0) == 0;
  if (sent) return {};
  return errno == EBADF ? std::make_error_code(std::errc::no_such_process) : last_error();  // readable_for_good
}
void leave_to_parent(OwnedSocket /*exit*/) {}
#else
OwnedSocket exit_descriptor(int child, std::error_code& error) {
  OwnedSocket queue(::kqueue());
  if (queue && ::fcntl(queue.get(), F_SETFD, FD_CLOEXEC) == 0) {
    const auto wish = change(child, static_cast<Filter>(EVFILT_PROC), EV_ADD | EV_ONESHOT, 0, NOTE_EXIT);
    if (poll_kevent(queue.get(), {&wish, 1}) >= 0) return queue;
    if (errno == ESRCH) return readable_for_good(error);  // also when its status is still to be taken
  }
  error = last_error();
  return {};
}

// A pipe (readable_for_good) stays open in the child: nothing tells it from a kqueue.
void leave_to_parent(OwnedSocket exit) { static_cast<void>(exit.release()); }

std::error_code send_signal(const Child& child, int signal) {
  return ::kill(child.number, signal) == 0 ? std::error_code() : last_error();
}
#endif

std::optional<ProcessEnd> reap(const Child& child) {
  ProcessEnd end;
  return wait_for(child, true, end) ? std::optional(end) : std::nullopt;
}

void reap_later(int child, OwnedSocket exit) noexcept {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // the thread is nobody's to interrupt
  try {
    std::thread([child, exit = std::move(exit)] {
      ProcessEnd end;
      wait_for({child, exit}, false, end);
    }).detach();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the header says what follows
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace eddy::driver
