#include "reactor/driver/fork_mark.h"

#include <pthread.h>

#include <atomic>
#include <system_error>

namespace eddy::driver {
namespace {

constinit std::atomic<std::uint32_t> forks{0};

void count_fork() { forks.fetch_add(1, std::memory_order_relaxed); }

bool tell_of_forks() {
  if (const int error = pthread_atfork(nullptr, nullptr, count_fork); error != 0) {
    throw std::system_error(error, std::system_category(), "pthread_atfork");
  }
  return true;
}

}  // namespace

ForkMark::ForkMark() {
  [[maybe_unused]] static const bool told = tell_of_forks();
  forks_ = forks.load(std::memory_order_relaxed);
}

bool ForkMark::in_child() const noexcept { return forks_ != forks.load(std::memory_order_relaxed); }

}  // namespace eddy::driver
