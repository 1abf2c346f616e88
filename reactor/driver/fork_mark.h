// ForkMark: knows whether this process is a child that was forked (fork(2)) from the one which made the mark. The child
// has copies of all objects, but the system has one socket, one epoll set and one ring for both processes: who finds
// itself in a child leaves alone what it shares with the parent. Asking costs one load; a bare clone(2) is not noticed.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace eddy::driver {

class ForkMark {
 public:
  // Throws std::system_error when the system cannot tell of forks.
  ForkMark();
  bool in_child() const noexcept;

 private:
  std::uint32_t forks_ = 0;  // of this process' line when the mark was made
};

// For what a child must not destroy: a thread that the child does not have held it when the process forked.
template <class T>
void never_destroy(T&& kept_for_good) {
  static auto& kept = *new std::vector<T>;
  kept.push_back(std::forward<T>(kept_for_good));
}

}  // namespace eddy::driver
