// Watchdog: ends the program, with the name of what it was at, when that does not end in time. A test that waits for
// ever would otherwise say nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace eddy::test {

class Watchdog {
 public:
  explicit Watchdog(std::string what, std::chrono::seconds within = std::chrono::seconds(90))
      : thread_([this, what = std::move(what), within] {
          std::unique_lock lock(mutex_);
          if (ended_.wait_for(lock, within, [this] { return done_; })) return;
          std::fprintf(stderr, "%s: has not ended within %d s\n", what.c_str(), static_cast<int>(within.count()));
          std::abort();
        }) {}
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    ended_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace eddy::test
