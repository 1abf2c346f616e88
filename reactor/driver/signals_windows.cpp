// Windows has no signals but those that the C run time makes up: raise() calls their handler, and Ctrl-C becomes SIGINT
// there. The rest of what a console sends comes from SetConsoleCtrlHandler, on a thread of the system's.
#include <array>
#include <atomic>
#include <csignal>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "reactor/driver/driver.h"
#include "reactor/driver/signals.h"
#include "reactor/driver/sockaddr.h"
#include "reactor/forever.h"

namespace eddy::driver {
namespace {

using Handler = void (*)(int);

// An entry says what a signal did before eddy, and how many loops receive it now.
struct Previous {
  Handler handler = nullptr;
  int receivers = 0;
};
struct Registry {
  std::mutex mutex;
  std::array<Previous, SignalSet::most> previous;  // guarded by mutex; by signal number - 1
};
Registry& registry() {
  static Forever<Registry> registry;
  return registry.value;
}

// Read by the handlers.
constinit std::array<std::atomic<SignalReceiver*>, 64> receivers{};
constinit SignalSet wanted;  // by any loop
constinit std::atomic<int> handlers_running{0};
constinit std::atomic<Handler> deliver{nullptr};  // SignalReceiver's own

BOOL WINAPI console_event(DWORD event) {
  int signal = SIGTERM;
  if (event == CTRL_C_EVENT) signal = SIGINT;
  if (event == CTRL_BREAK_EVENT && wanted.has(SIGBREAK)) signal = SIGBREAK;
  if (!wanted.has(signal)) return FALSE;
  deliver.load()(signal);
  // The window closes or the session ends: the process is killed as soon as this returns, and some seconds later
  // anyway. The time in between is for draining; the end of main() ends this thread.
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) Sleep(INFINITE);
  return TRUE;
}

// For good: taking it away waits for one that runs, and that of a closing window runs until the process has ended.
// With nothing wanted it passes on.
void watch_console() { [[maybe_unused]] static const auto watched = SetConsoleCtrlHandler(&console_event, TRUE); }

}  // namespace

void SignalReceiver::handle(int signal) {
  // The run time forgets a handler when it calls it.
  if (wanted.has(signal)) std::signal(signal, &SignalReceiver::handle);
  handlers_running.fetch_add(1);
  for (auto& slot : receivers) {
    if (auto* receiver = slot.load()) receiver->note(signal);
  }
  handlers_running.fetch_sub(1);
}

void SignalReceiver::note(int signal) noexcept {
  if (!wanted_.has(signal)) return;
  pending_.add(signal);
  driver_.wake();
}

void SignalReceiver::receive(int signal) {
  const auto fail = [&](std::errc why) {
    throw std::system_error(std::make_error_code(why), "signal " + std::to_string(signal));
  };
  if (signal <= 0 || signal > SignalSet::most) fail(std::errc::invalid_argument);
  auto& known = registry();
  const std::lock_guard lock(known.mutex);
  if (wanted_.has(signal)) return;
  if (!registered_) {
    for (auto& slot : receivers) {
      SignalReceiver* none = nullptr;
      if (slot.compare_exchange_strong(none, this)) {
        registered_ = true;
        break;
      }
    }
    if (!registered_) fail(std::errc::no_space_on_device);
  }
  auto& entry = known.previous[static_cast<std::size_t>(signal - 1)];
  wanted_.add(signal);
  wanted.add(signal);
  if (entry.receivers == 0) {
    entry.handler = std::signal(signal, &SignalReceiver::handle);
    if (entry.handler == SIG_ERR) {
      wanted_.remove(signal);
      wanted.remove(signal);
      fail(std::errc::invalid_argument);
    }
    deliver.store(&SignalReceiver::handle);
    watch_console();
  }
  ++entry.receivers;
}

SignalReceiver::~SignalReceiver() {
  if (!registered_) return;
  auto& known = registry();
  const std::lock_guard lock(known.mutex);
  for (int signal = 1; signal <= SignalSet::most; ++signal) {
    if (!wanted_.has(signal)) continue;
    auto& entry = known.previous[static_cast<std::size_t>(signal - 1)];
    if (--entry.receivers > 0) continue;
    wanted.remove(signal);
    std::signal(signal, entry.handler);
  }
  for (auto& slot : receivers) {
    SignalReceiver* self = this;
    slot.compare_exchange_strong(self, nullptr);
  }
  // A handler on another thread may still hold the pointer that it read before.
  while (handlers_running.load() != 0) std::this_thread::yield();
}

}  // namespace eddy::driver
