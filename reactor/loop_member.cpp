#include "reactor/loop_member.h"

#include "reactor/loop_core.h"

namespace eddy {

LoopMember::LoopMember(LoopCore& core) : core_(&core) {
  core.check_thread("a constructor of a Listener, Datagram, Timer, Watch or Process");
  core.add(*this);
}

void LoopMember::leave_loop(LoopMember& member) {
  member.loop_ends();
  member.unlink();
  member.core_ = nullptr;
}

}  // namespace eddy
