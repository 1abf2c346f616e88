// LoopMember: what a user makes for a loop and owns: a listener, a datagram socket, a timer, a watch, a process. It
// must go before its loop. One that does not is named on stderr by ~Loop, closed, and has no loop from then on: its
// functions and its destructor do nothing. Not for users.
#pragma once

#include <string>

#include "reactor/intrusive_list.h"

namespace eddy {

class LoopCore;

class LoopMember : public ListNode<LoopMember> {
 protected:
  explicit LoopMember(LoopCore& core);
  virtual ~LoopMember() = default;

  // Closes what the system has for the member, and takes it away from its loop.
  static void leave_loop(LoopMember& member);

  LoopCore* core_;  // null once the loop is gone

 private:
  friend class LoopCore;
  virtual std::string what_it_is() const = 0;  // kind and address or the like, for people
  virtual void loop_ends() = 0;                // the loop is whole for the last time
  virtual void left_to_parent() {}  // the loop goes on in a forked child, and what the member had is not there
};

}  // namespace eddy
