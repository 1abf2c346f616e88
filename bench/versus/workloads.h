// What the servers of bench/versus have in common: the command line, the ready line, and the workloads that need no
// client (timers, posts), written once so that every engine does the same work and differs only in its own calls.
//
//   versus-ENGINE echo          sends back what it gets
//   versus-ENGINE fan-out       sends what one says to all, the speaker too
//   versus-ENGINE udp           sends datagrams back
//   versus-ENGINE timers        a million timers: nanoseconds of CPU for each start, restart, cancel, and expiry
//   versus-ENGINE posts         4 threads post a million tasks to the loop: nanoseconds of CPU for each
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace versus {

inline void ready(unsigned port, const char* scheme = "tcp") {
  std::printf("ready %s://127.0.0.1:%u\n", scheme, port);
  std::fflush(stdout);
}

inline double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// What is measured, from its making to done().
class Measured {
 public:
  explicit Measured(const char* name) : name_(name), began_(cpu_nanoseconds()) {}
  void done(std::size_t operations) const {
    std::printf("%s %.1f\n", name_, (cpu_nanoseconds() - began_) / static_cast<double>(operations));
    std::fflush(stdout);
  }

 private:
  const char* name_;
  double began_;
};

inline constexpr std::size_t timers = 1'000'000;

// Delays from 10 to 70 seconds that look random: idle time-outs of as many connections.
inline std::chrono::milliseconds delay(std::size_t timer, std::size_t round) {
  const auto mixed = (timer + round * timers) * 0x9E3779B97F4A7C15ULL;
  return std::chrono::milliseconds(10'000 + (mixed >> 40) % 60'000);
}
// From 1 to 100 milliseconds: all of them are due soon.
inline std::chrono::milliseconds short_delay(std::size_t timer) {
  return std::chrono::milliseconds(1 + ((timer * 0x9E3779B97F4A7C15ULL) >> 40) % 100);
}

// `Timers` has start(i, delay), which also restarts, cancel(i), and run_until_expired(): turns the loop until all that
// were started have called back.
template <class Timers>
void measure_timers(Timers& engine) {
  const Measured start("start");
  for (std::size_t i = 0; i < timers; ++i) engine.start(i, delay(i, 0));
  start.done(timers);
  const Measured restart("restart");
  for (std::size_t round = 1; round <= 4; ++round) {
    for (std::size_t i = 0; i < timers; ++i) engine.start(i, delay(i, round));
  }
  restart.done(4 * timers);
  const Measured cancel("cancel");
  for (std::size_t i = 0; i < timers; ++i) engine.cancel(i);
  cancel.done(timers);
  const Measured expire("expire");  // with their start
  for (std::size_t i = 0; i < timers; ++i) engine.start(i, short_delay(i));
  engine.run_until_expired();
  expire.done(timers);
}

// For engines that have a way to wake the loop, but no queue of their own.
class Tasks {
 public:
  // True when the loop is to be woken.
  bool add(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    return tasks_.size() == 1;
  }
  void run() {
    std::vector<std::function<void()>> taken;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(tasks_);
    }
    for (const auto& task : taken) task();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

inline constexpr std::size_t producers = 4;
inline constexpr std::size_t posts = 1'000'000;

// `post` is called on the producers' threads, `run` turns the loop until all posts have run; each counts itself.
template <class Post, class Run>
void measure_posts(Post post, Run run) {
  const Measured measured("post");
  std::vector<std::thread> threads;
  for (std::size_t p = 0; p < producers; ++p) {
    threads.emplace_back([&post] {
      for (std::size_t i = 0; i < posts / producers; ++i) post();
    });
  }
  run();
  for (auto& thread : threads) thread.join();
  measured.done(posts);
}

// Runs the workload that the command line names.
template <class Engine>
int run(int argc, char** argv) {
  const std::string_view workload = argc == 2 ? argv[1] : "";
  if (workload == "echo") return Engine::echo(), 0;
  if (workload == "fan-out") return Engine::fan_out(), 0;
  if (workload == "udp") return Engine::udp(), 0;
  if (workload == "timers") return Engine::timers(), 0;
  if (workload == "posts") return Engine::posts(), 0;
  std::fprintf(stderr, "usage: %s echo|fan-out|udp|timers|posts\n", argv[0]);
  return 2;
}

}  // namespace versus
