// PoolListener<S>: a Listener for all loops of a LoopPool. Each connection belongs to one loop, on whose thread its
// session's callbacks run.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/driver/socket_calls.h"
#include "reactor/lifetime.h"
#include "reactor/listener.h"
#include "reactor/loop_pool.h"
#include "reactor/places.h"
#include "reactor/session_factory.h"

namespace eddy {

// Which loop gets a connection.
enum class Spread : std::uint8_t {
  // Loop 0 accepts, and hands each connection to the loop that has the fewest of this listener. Even, whatever the
  // system, and for Unix sockets too; a connection of another loop begins with one post.
  handoff,
  // A socket for each loop on one port; the system chooses by a hash of the addresses (socket(7), SO_REUSEPORT). Even
  // only by the law of large numbers, and a connection waits for its loop though others are free; but loops share
  // nothing. TCP on Linux and FreeBSD, else an error. Needs a port that no other program listens on with reuse_port.
  reuseport,
  // One socket, at which every loop waits, and the system wakes one of them: by EPOLLEXCLUSIVE (epoll_ctl(2)) one that
  // is idle, which is often the same where few connections come at a time; on io_uring the loops take turns, busy or
  // not. The other drivers wake every loop for each connection, and the first one gets it.
  exclusive,
};

// The listeners of one address on the loops of a pool. For ListenerBase and PoolListener. Shared with connections that
// are on their way from one loop to another: they may arrive when the PoolListener is gone.
struct ListenerGroup : std::enable_shared_from_this<ListenerGroup> {
  ListenerGroup(std::string_view asked_for, const ListenOptions& options, Spread how);
  // Of sockets that listen already: as many as the spread takes on so many loops.
  ListenerGroup(std::vector<OwnedSocket> listening, const ListenOptions& options, Spread how, std::size_t loops);

  // Gives a socket that `acceptor` has accepted to the member that has the fewest connections.
  void hand_over(ListenerBase& acceptor, driver::NativeSocket socket);
  // Notes that the member of that listener accepts no more.
  void leave(Id listener, const LoopCore& core);

  struct Member {
    Member(LoopCore& of_loop, Id of_listener, Places::Holder of_it);
    LoopCore* const core;
    const Remote remote;
    const Id id;  // of the listener, on its loop
    const Places::Holder places;
    std::atomic<bool> accepts{true};
  };
  const std::string asked;             // empty: the sockets were made elsewhere
  std::vector<OwnedSocket> listening;  // those, until a member takes them
  const Spread spread;
  Address address;
  const Places::Holder places;
  std::vector<std::unique_ptr<Member>> members;  // by loop

 private:
  Member* choose();
  void send_to(Member& member, Place place, driver::OwnedSocket socket);
  void arrived(Member& member, Place place, driver::OwnedSocket socket);

  std::atomic<std::size_t> next_{0};  // where the search begins, so that equals take turns
};

template <class S>
class PoolListener {
 public:
  // Sessions come from a factory as Listener's, which may take the number of their loop before the rest: `factory(i)`,
  // `factory(i, peer)`. Each loop has a copy of the factory and calls it on its own thread. options.max_connections is
  // for all loops together, and so is options.hosts. Made before pool.run() or after it, on the pool's thread; must not
  // outlive the pool. Throws like Listener, and std::system_error where the system cannot spread as asked.
  template <class Factory>
  [[nodiscard]] PoolListener(LoopPool& pool, std::string_view address, Factory factory,
                             const ListenOptions& options = {}, Spread spread = Spread::handoff)
      : group_(std::make_shared<ListenerGroup>(address, options, spread)) {
    add_all(pool, factory, options);
  }
  [[nodiscard]] explicit PoolListener(LoopPool& pool, std::string_view address, const ListenOptions& options = {},
                                      Spread spread = Spread::handoff) requires std::default_initializable<S>
      : PoolListener(
            pool, address, [] { return S(); }, options, spread) {}

  // The same with sockets that listen already (owned_socket.h): one, which the loops share, or for Spread::reuseport
  // one for each loop, all of the same address.
  //   std::vector<eddy::OwnedSocket> inherited;   // systemd: ReusePort=yes, and as many sockets as loops
  //   for (int i = 0; i < 4; ++i) inherited.emplace_back(3 + i);
  //   eddy::PoolListener<Echo> echo{pool, std::move(inherited), {}, eddy::Spread::reuseport};
  // Of the options max_connections, hosts and connection count. Throws std::invalid_argument for another number of
  // sockets, and std::system_error when one is none that listens, of TCP or Unix.
  template <class Factory>
  [[nodiscard]] PoolListener(LoopPool& pool, std::vector<OwnedSocket> listening, Factory factory,
                             const ListenOptions& options = {}, Spread spread = Spread::handoff)
      : group_(std::make_shared<ListenerGroup>(std::move(listening), options, spread, pool.size())) {
    add_all(pool, factory, options);
  }
  [[nodiscard]] PoolListener(LoopPool& pool, std::vector<OwnedSocket> listening, const ListenOptions& options = {},
                             Spread spread = Spread::handoff) requires std::default_initializable<S>
      : PoolListener(
            pool, std::move(listening), [] { return S(); }, options, spread) {}

  // Where it listens, with the port that the system chose for 0.
  const Address& address() const EDDY_LIFETIMEBOUND { return group_->address; }
  // Accepted and still open, on one loop or on all. Any thread; outdated when it arrives.
  std::size_t connections(std::size_t loop) const { return group_->members[loop]->places->taken(); }
  std::size_t connections() const { return group_->places->taken(); }

 private:
  template <class Factory>
  void add_all(LoopPool& pool, Factory& factory, const ListenOptions& options) {
    if constexpr (check_pool_factory<S, Factory>()) {
      for (std::size_t i = 0; i < pool.size(); ++i) add(pool[i], of_loop(factory, i), options);
    }
  }
  template <class Factory>
  static auto of_loop(Factory factory, std::size_t i) {
    if constexpr (AdmitsSession<Factory, S, std::size_t, const Address&>) {
      return [factory, i](const Address& peer) mutable { return factory(i, peer); };
    } else if constexpr (AdmitsSession<Factory, S, std::size_t>) {
      return [factory, i]() mutable { return factory(i); };
    } else {
      return factory;
    }
  }
  template <class Factory>
  void add(Loop& loop, Factory factory, const ListenOptions& options) {
    listeners_.push_back(std::make_unique<Listener<S>>(loop, group_, std::move(factory), options));
  }

  const std::shared_ptr<ListenerGroup> group_;
  std::vector<std::unique_ptr<Listener<S>>> listeners_;  // each its loop's
};

}  // namespace eddy
