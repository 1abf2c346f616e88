// A forked child of the test program.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <iostream>
#include <utility>

namespace eddy::test {

class Child {
 public:
  // Calls `good()` in the child, which then ends.
  template <class F>
  explicit Child(F&& good) : process_(::fork()) {
    if (process_ != 0) return;
    ::alarm(60);  // one that hangs does not stay
    bool well = false;
    try {
      well = good();
    } catch (const std::exception& error) {
      std::cerr << "in the child: " << error.what() << std::endl;
    }
    ::_exit(well ? 0 : 1);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { was_good(); }

  // Waits for its end. True when `good()` answered true.
  bool was_good() {
    if (const auto process = std::exchange(process_, -1); process > 0) {
      while (::waitpid(process, &status_, 0) < 0 && errno == EINTR) {
      }
    }
    return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
  }

 private:
  pid_t process_;
  int status_ = 1;
};

}  // namespace eddy::test
