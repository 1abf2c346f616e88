#include "reactor/pool_listener.h"

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "reactor/error.h"
#include "reactor/loop_core.h"

namespace eddy {

ListenerGroup::ListenerGroup(std::string_view asked_for, const ListenOptions& options, Spread how)
    : asked(asked_for),
      spread(how),
      address(Address::resolve(asked_for).front()),
      places(Places::make(options.max_connections)) {
  if (spread == Spread::reuseport && !address.is_ip()) {
    throw std::system_error(std::make_error_code(std::errc::operation_not_supported),
                            "listen on " + asked + ": spread reuseport is for TCP; expected handoff or exclusive");
  }
}

ListenerGroup::ListenerGroup(std::vector<OwnedSocket> inherited, const ListenOptions& options, Spread how,
                             std::size_t loops)
    : listening(std::move(inherited)), spread(how), places(Places::make(options.max_connections)) {
  const bool one_each = spread == Spread::reuseport;
  if (listening.size() == (one_each ? loops : 1)) return;
  throw std::invalid_argument("eddy: a PoolListener of " + std::to_string(listening.size()) + " sockets: expected " +
                              (one_each ? "one for each of the " + std::to_string(loops) + " loops (spread reuseport)"
                                        : "1, which all loops share (spread handoff or exclusive)"));
}

ListenerGroup::Member::Member(LoopCore& of_loop, Id of_listener, Places::Holder of_it)
    : core(&of_loop), remote(of_loop.remote()), id(of_listener), places(std::move(of_it)) {}

void ListenerGroup::leave(Id listener, const LoopCore& core) {
  for (const auto& member : members) {
    if (member->core == &core && member->id == listener) member->accepts.store(false, std::memory_order_relaxed);
  }
}

ListenerGroup::Member* ListenerGroup::choose() {
  Member* chosen = nullptr;
  const auto first = next_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto& member = *members[(first + i) % members.size()];
    if (!member.accepts.load(std::memory_order_relaxed)) continue;
    if (chosen == nullptr || member.places->taken() < chosen->places->taken()) chosen = &member;
  }
  return chosen;
}

void ListenerGroup::hand_over(ListenerBase& acceptor, driver::NativeSocket native) {
  auto* target = choose();
  auto place = acceptor.place_for(native, target->places);
  if (!place) return acceptor.refuse(native);
  if (target->core == &acceptor.loop_.core()) return acceptor.admit(native, std::move(place));
  try {
    send_to(*target, std::move(place), driver::OwnedSocket(native));
  } catch (const std::bad_alloc&) {
    acceptor.loop_.core().driver->accept(acceptor, false);
    acceptor.accept_failed(std::make_error_code(std::errc::not_enough_memory), false);
  }
}

// Whatever keeps the connection from arriving, a loop that is gone for one, closes it and gives its place back.
void ListenerGroup::send_to(Member& member, Place place, driver::OwnedSocket socket) {
  member.remote.post(
      [group = shared_from_this(), to = &member, place = std::move(place), socket = std::move(socket)]() mutable {
        group->arrived(*to, std::move(place), std::move(socket));
      });
}

void ListenerGroup::arrived(Member& member, Place place, driver::OwnedSocket socket) {
  if (auto* listener = member.core->driver->endpoints().find(member.id)) {
    return LoopCore::listener_of(*listener)->admit(socket.release(), std::move(place));
  }
  // Closed meanwhile: one that still accepts serves it. The place is given back first, since it may be the last one.
  auto host = place.take_host();
  place = {};
  auto* other = choose();
  if (other == nullptr) {
    ++member.core->stats.refused;
    return;
  }
  place = Place(other->places, std::move(host));
  if (!place) ++member.core->stats.refused;
  if (place) send_to(*other, std::move(place), std::move(socket));
}

}  // namespace eddy
