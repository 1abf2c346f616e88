// Remote: the one thread-safe way to a loop (contract 9). Copyable and weak: it does not keep the loop alive.
//
// Any thread may post; a signal handler may not. Tasks run on the loop's thread in the order in which they were posted
// by each thread, and none is lost while the loop turns. Many posts between two turns cost one wake.
#pragma once

#include <memory>

#include "reactor/callback.h"

namespace eddy {

class Remote {
 public:
  using Task = Callback<void()>;

  // False once the loop is gone; the task is then destroyed here without having run. Tasks still queued when the Loop
  // is destroyed are destroyed without having run, too, on the loop's thread. In a forked child always false: the loop
  // that this Remote knows is the parent's (Loop::after_fork).
  bool post(Task task) const;

  // False once the loop is gone. A true answer may be outdated when it arrives.
  bool alive() const;

 private:
  friend class LoopCore;
  struct Mailbox;
  explicit Remote(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace eddy
