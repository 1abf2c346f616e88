#include "reactor/driver/signals.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>

#include "reactor/driver/driver.h"
#include "reactor/forever.h"

namespace eddy::driver {
namespace {

// An entry says what a signal did before eddy, and how many loops receive it now.
struct Previous {
  struct sigaction action {};
  int receivers = 0;
};
struct Registry {
  std::mutex mutex;
  std::array<Previous, SignalSet::most> previous;  // guarded by mutex; by signal number - 1
};

// Read by the handler.
constinit std::array<std::atomic<SignalReceiver*>, 64> receivers{};
constinit std::atomic<int> handlers_running{0};

}  // namespace

struct SignalReceiver::Forks {
  static Registry& registry() {
    static Forever<Registry> registry;
    [[maybe_unused]] static const bool told = tell();
    return registry.value;
  }

 private:
  static bool tell() {
    if (const int error = pthread_atfork(before, behind_in_parent, behind_in_child); error != 0) {
      throw std::system_error(error, std::system_category(), "pthread_atfork");
    }
    return true;
  }
  static void before() { registry().mutex.lock(); }
  static void behind_in_parent() { registry().mutex.unlock(); }
  // A child has neither the threads that were in a handler, nor the signals that the parent has got.
  static void behind_in_child() {
    handlers_running = 0;
    for (auto& slot : receivers) {
      if (auto* receiver = slot.load()) receiver->pending_.take();
    }
    registry().mutex.unlock();
  }
};

void SignalReceiver::handle(int signal) {
  const int saved = errno;
  handlers_running.fetch_add(1);
  for (auto& slot : receivers) {
    if (auto* receiver = slot.load()) receiver->note(signal);
  }
  handlers_running.fetch_sub(1);
  errno = saved;
}

void SignalReceiver::note(int signal) noexcept {
  if (!wanted_.has(signal)) return;
  pending_.add(signal);
  // A child that turns the loop is not there yet: the waker is the parent's, which has got no signal.
  if (!driver_.in_child()) driver_.wake();
}

void SignalReceiver::receive(int signal) {
  if (signal <= 0 || signal > SignalSet::most) {
    throw std::system_error(EINVAL, std::system_category(), "signal " + std::to_string(signal));
  }
  auto& known = Forks::registry();
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
    if (!registered_) throw std::system_error(ENOSPC, std::system_category(), "more than 64 loops receive signals");
  }
  auto& entry = known.previous[static_cast<std::size_t>(signal - 1)];
  wanted_.add(signal);
  if (entry.receivers == 0) {
    struct sigaction action {};
    action.sa_handler = &SignalReceiver::handle;
    action.sa_flags = SA_RESTART | SA_ONSTACK;  // a program's threads may have small stacks, and one aside for signals
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, &action, &entry.action) != 0) {
      const int error = errno;
      wanted_.remove(signal);
      throw std::system_error(error, std::system_category(), "signal " + std::to_string(signal));
    }
  }
  ++entry.receivers;
}

SignalReceiver::~SignalReceiver() {
  if (!registered_) return;
  auto& known = Forks::registry();
  const std::lock_guard lock(known.mutex);
  for (int signal = 1; signal <= SignalSet::most; ++signal) {
    if (!wanted_.has(signal)) continue;
    auto& entry = known.previous[static_cast<std::size_t>(signal - 1)];
    if (--entry.receivers == 0) sigaction(signal, &entry.action, nullptr);
  }
  for (auto& slot : receivers) {
    SignalReceiver* self = this;
    slot.compare_exchange_strong(self, nullptr);
  }
  // A handler on another thread may still hold the pointer that it read before.
  while (handlers_running.load() != 0) std::this_thread::yield();
}

}  // namespace eddy::driver
