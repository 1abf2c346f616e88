// Windows has no signals but those that the C run time makes up: raise() calls their handler, and Ctrl-C becomes SIGINT
// there. The rest of what a console sends comes from SetConsoleCtrlHandler, on a thread of the system's.
#include <array>
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

constexpr int most_signals = 64;

// An entry says what a signal did before eddy, and how many loops receive it now.
struct Previous {
  Handler handler = nullptr;
  int receivers = 0;
};
struct Registry {
  std::mutex mutex;
  std::array<Previous, most_signals> previous;  // guarded by mutex; by signal number - 1
};
Registry& registry() {
  static Forever<Registry> registry;
  return registry.value;
}

// Read by the handlers.
constinit std::array<std::atomic<SignalReceiver*>, 64> receivers{};
constinit std::atomic<std::uint64_t> wanted{0};
constinit std::atomic<int> handlers_running{0};
constinit std::atomic<Handler> deliver{nullptr};  // SignalReceiver's own

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }
bool is_wanted(int signal) { return (wanted.load() & bit(signal)) != 0; }

BOOL WINAPI console_event(DWORD event) {
  int signal = SIGTERM;
  if (event == CTRL_C_EVENT) signal = SIGINT;
  if (event == CTRL_BREAK_EVENT && is_wanted(SIGBREAK)) signal = SIGBREAK;
  if (!is_wanted(signal)) return FALSE;
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
  if (is_wanted(signal)) std::signal(signal, &SignalReceiver::handle);
  handlers_running.fetch_add(1);
  for (auto& slot : receivers) {
    if (auto* receiver = slot.load()) receiver->note(signal);
  }
  handlers_running.fetch_sub(1);
}

void SignalReceiver::note(int signal) noexcept {
  if ((mask_.load() & bit(signal)) == 0) return;
  pending_.fetch_or(bit(signal));
  driver_.wake();
}

void SignalReceiver::receive(int signal) {
  const auto fail = [&](std::errc why) {
    throw std::system_error(std::make_error_code(why), "signal " + std::to_string(signal));
  };
  if (signal <= 0 || signal > most_signals) fail(std::errc::invalid_argument);
  auto& known = registry();
  const std::lock_guard lock(known.mutex);
  if ((mask_.load() & bit(signal)) != 0) return;
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
  mask_.fetch_or(bit(signal));
  wanted.fetch_or(bit(signal));
  if (entry.receivers == 0) {
    entry.handler = std::signal(signal, &SignalReceiver::handle);
    if (entry.handler == SIG_ERR) {
      mask_.fetch_and(~bit(signal));
      wanted.fetch_and(~bit(signal));
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
  for (int signal = 1; signal <= most_signals; ++signal) {
    if ((mask_.load() & bit(signal)) == 0) continue;
    auto& entry = known.previous[static_cast<std::size_t>(signal - 1)];
    if (--entry.receivers > 0) continue;
    wanted.fetch_and(~bit(signal));
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
