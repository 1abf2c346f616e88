// Notices: the descriptor of a loop on io_uring that is embedded in another loop: readable when there is something to
// take from the ring.
//
// The ring's own descriptor does not tell: its completions are not made before this thread enters the kernel. An
// eventfd that is registered with the ring does, but for one kind: what becomes ready because somebody writes to an
// eventfd is told once at most (seen on Linux 6.18: the kernel puts such a notice off, and never clears the mark that
// it has done so). The loop's wake() is of that kind, and so may be any descriptor that is watched. Both are in the set
// themselves, therefore: the descriptor is an epoll(7) instance.
#pragma once

#include <system_error>

#include "reactor/driver/uring/ring.h"
#include "reactor/watch.h"

namespace eddy::driver {

// What poll(2) and epoll(7) call an interest, by the same bits.
unsigned poll_events(Interest interest);

class Notices {
 public:
  // `wake` is an eventfd, which stays the caller's. To be made by the thread that enters the ring. Throws
  // std::system_error.
  Notices(Ring& ring, int wake);
  ~Notices();
  Notices(const Notices&) = delete;
  Notices& operator=(const Notices&) = delete;

  int descriptor() const { return set_; }

  // Follows a watched descriptor: its first interest, each change, and Interest::none when it is watched no more.
  void follow(int descriptor, Interest interest);

  // To be called when the ring was entered, before its completions are taken: what comes later is noticed again.
  void clear() const;

 private:
  int set_ = -1;
  int completions_ = -1;  // the ring writes to it
  const int wake_;
};

}  // namespace eddy::driver
