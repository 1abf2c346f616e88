// Fault: makes calls of the engine's fail as the system might. The linker leads the calls of this program to fault.cpp
// (--wrap, see ../CMakeLists.txt), and io_uring's submissions to fault_uring.cpp, where an entry in question becomes
// one that does nothing and has the result that is wanted (IORING_NOP_INJECT_RESULT).
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace eddy::test {

class Fault {
 public:
  // The next `times` calls by that name fail with `error`. A name is that of the system call ("send" is sendmsg, too),
  // or "ring:" and that of a driver::Operation.
  Fault(std::string call, int error, int times = 1);
  ~Fault();
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  int hits() const { return hits_; }
  void lift() { left_ = 0; }

  // The error that a call is to fail with now; 0: none.
  static int strikes(std::string_view call);

 private:
  const std::string call_;
  const int error_;
  int left_;
  int hits_ = 0;
};

// While one lives, calls are the engine's. Those of the tests' own peers do not fail.
class InEngine {
 public:
  InEngine() : before_(std::exchange(now_, true)) {}
  ~InEngine() { now_ = before_; }
  InEngine(const InEngine&) = delete;
  InEngine& operator=(const InEngine&) = delete;

  static bool now() { return now_; }

 private:
  static inline bool now_ = false;
  const bool before_;
};

// Whether the kernel lets a submission have the result that is wanted (Linux 6.10).
bool ring_faults_work();

}  // namespace eddy::test
