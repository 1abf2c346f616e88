#include "reactor/pool_listener.h"

#include <system_error>

#include "reactor/driver/socket_calls.h"
#include "reactor/error.h"
#include "reactor/loop_core.h"

namespace eddy {

ListenerGroup::ListenerGroup(std::string_view asked_for, Spread how)
    : asked(asked_for), spread(how), address(Address::resolve(asked_for).front()) {
  if (spread == Spread::reuseport && !address.is_ip()) {
    throw std::system_error(std::make_error_code(std::errc::operation_not_supported),
                            "listen on " + asked + ": spread reuseport is for TCP; expected handoff or exclusive");
  }
}

void ListenerGroup::add(std::unique_ptr<ListenerBase> listener) {
  auto& core = listener->loop_.core();
  const auto id = listener->driver::Endpoint::id;
  members.push_back({std::move(listener), &core, core.remote(), id});
}

void ListenerGroup::hand_over(ListenerBase& acceptor, driver::NativeSocket native) {
  auto* target = &members[next_];
  for (std::size_t i = 1; i < members.size(); ++i) {
    auto& other = members[(next_ + i) % members.size()];
    if (other.listener->connections() < target->listener->connections()) target = &other;
  }
  next_ = (next_ + 1) % members.size();

  target->listener->connections_.fetch_add(1, std::memory_order_relaxed);
  if (target->listener.get() == &acceptor) return acceptor.admit(native);
  // Found by its id there: it may have been closed meanwhile. Then, and when the loop is gone, the socket closes.
  target->remote.post([core = target->core, id = target->id, socket = driver::OwnedSocket(native)]() mutable {
    if (auto* listener = core->driver->endpoints().find(id)) {
      LoopCore::listener_of(*listener)->admit(socket.release());
    }
  });
}

}  // namespace eddy
