// Listener<S>: accepts connections at an address and gives each a session S. connect<S>: makes one.
//
// A listener's factory may be told who connects, and refuse before there is a session: by an std::optional that is
// empty.
//   const auto office = eddy::AddressPrefix::parse("10.20.0.0/16");
//   eddy::Listener<Admin> admin{loop, "tcp://*:7007", [&](const eddy::Address& peer) {
//     return office.contains(peer) ? std::optional(Admin(peer)) : std::nullopt;
//   }};
#pragma once

#include <concepts>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/address.h"
#include "reactor/callback.h"
#include "reactor/connection.h"
#include "reactor/driver/endpoint.h"
#include "reactor/host_limit.h"
#include "reactor/lifetime.h"
#include "reactor/loop.h"
#include "reactor/loop_member.h"
#include "reactor/options.h"
#include "reactor/owned_socket.h"
#include "reactor/places.h"
#include "reactor/session_factory.h"
#include "reactor/timer.h"

namespace eddy {

struct ListenerGroup;

// Owns a connection until the loop does.
using NewConnection = std::unique_ptr<Connection>;

// What all listeners share, whatever their sessions. Belongs to the loop's thread and must not outlive the loop: ~Loop
// names one that does and closes it.
class ListenerBase : private driver::Acceptor, private LoopMember {
 public:
  ListenerBase(const ListenerBase&) = delete;
  ListenerBase& operator=(const ListenerBase&) = delete;
  ~ListenerBase() override;

  // Where it listens: the address asked for, with the port that the system chose for 0.
  const Address& address() const EDDY_LIFETIMEBOUND { return address_; }

  // Stops accepting and closes the socket; removes a Unix socket's file if it is still ours. What waited in the backlog
  // is reset by the system. Connections live on. Also done by the destructor and by Loop::drain.
  void close();
  bool closed() const { return driver::Endpoint::id == Id{}; }
  // Closes, and gives the socket away as it listens, with who waits in its backlog; a Unix socket's file stays. Empty
  // when the listener is closed.
  [[nodiscard]] ReleasedListener release();
  // The operating system's handle, for options that eddy does not know. Do not accept from it, or close it.
  driver::NativeSocket native_handle() const { return socket; }

  // Stops and restarts accepting. Meanwhile connections wait in the system's backlog; what the system had accepted by
  // then still comes. A PoolListener cannot be paused.
  void pause();
  void resume();
  bool paused() const { return paused_; }

  std::size_t connections() const { return places_->taken(); }  // accepted and still open

 protected:
  // Throws std::system_error that names the address and what failed. `sessions`: those of its connections.
  ListenerBase(Loop& loop, std::string_view address, const ListenOptions& options, const SessionTable& sessions);
  // Of a socket that listens already.
  ListenerBase(Loop& loop, OwnedSocket listening, const ListenOptions& options, const SessionTable& sessions);
  // The next member of a group, for the next loop of its pool.
  ListenerBase(Loop& loop, std::shared_ptr<ListenerGroup> group, const ListenOptions& options,
               const SessionTable& sessions);
  // Starts accepting; called when the derived class is complete.
  void start();

  // For make().
  Address peer_of(driver::NativeSocket accepted) const;
  template <class S, class Factory>
  NewConnection connection_of(Factory& session) const {
    return NewConnection(new ConnectionOf<S>(loop_, connection_options_, session));
  }

 private:
  friend class LoopCore;
  friend class Connection;
  friend struct ListenerGroup;
  ListenerBase(Loop& loop, const ListenOptions& options, Places::Holder places, const SessionTable& sessions);
  // Null when the factory refuses the peer.
  virtual NewConnection make(driver::NativeSocket accepted) = 0;

  // driver::Acceptor
  void accepted(driver::NativeSocket socket) override;
  void accept_failed(std::error_code why, bool shed) override;

  // LoopMember
  std::string what_it_is() const override;
  void loop_ends() override;

  void listen(std::string_view asked, const ListenOptions& options);
  void take(OwnedSocket listening);
  void take_next();  // the group's next socket
  void told(std::error_code error, std::string_view asked);
  void refuse(driver::NativeSocket socket);
  // None when all of `places` are taken, or all of the peer's host.
  Place place_for(driver::NativeSocket socket, const Places::Holder& places) const;
  void admit(driver::NativeSocket socket, Place place);
  void end_back_off();

  Loop& loop_;
  std::shared_ptr<ListenerGroup> group_;
  Address address_;
  Places::Holder places_;
  std::shared_ptr<HostLimit> hosts_;
  std::shared_ptr<const ConnectionOptions> connection_options_;
  Timer back_off_;
  Duration next_back_off_;
  std::error_code failing_;  // why accept fails, as the observer was told; none since it has succeeded
  bool paused_ = false;
  bool exhausted_ = false;  // accepting is paused until the timer, or until one of our connections ends
};

template <class S>
class Listener final : public ListenerBase {
 public:
  // Sessions are default-constructed.
  [[nodiscard]] Listener(Loop& loop, std::string_view address,
                         const ListenOptions& options = {}) requires std::default_initializable<S>
      : Listener(
            loop, address, [] { return S(); }, options) {}

  // Sessions come from `factory()` or `factory(peer)`, which returns an S, or std::optional<S> that is empty to refuse
  // the connection: it is closed at once and counted, as when there are max_connections or too many of its host (which
  // are looked at first). `peer` is asked of the system for a factory that takes it alone; unnamed for a Unix socket,
  // and where a system has forgotten a peer that is gone already. The factory is kept as long as the listener: the
  // place for shared state. One that throws costs that connection alone.
  template <class Factory>
  [[nodiscard]] Listener(Loop& loop, std::string_view address, Factory factory, const ListenOptions& options = {})
      : ListenerBase(loop, address, options, ConnectionOf<S>::table), make_(maker(std::move(factory))) {
    start();
  }
  // The same with a socket that listens already (owned_socket.h). Of the options max_connections, hosts and connection
  // count; the socket keeps its own. Throws std::system_error when it is none that listens, of TCP or Unix.
  [[nodiscard]] Listener(Loop& loop, OwnedSocket listening,
                         const ListenOptions& options = {}) requires std::default_initializable<S>
      : Listener(
            loop, std::move(listening), [] { return S(); }, options) {}
  template <class Factory>
  [[nodiscard]] Listener(Loop& loop, OwnedSocket listening, Factory factory, const ListenOptions& options = {})
      : ListenerBase(loop, std::move(listening), options, ConnectionOf<S>::table), make_(maker(std::move(factory))) {
    start();
  }
  // For PoolListener.
  template <class Factory>
  Listener(Loop& loop, std::shared_ptr<ListenerGroup> group, Factory factory, const ListenOptions& options)
      : ListenerBase(loop, std::move(group), options, ConnectionOf<S>::table), make_(maker(std::move(factory))) {
    start();
  }
  ~Listener() override { close(); }

 private:
  NewConnection make(driver::NativeSocket accepted) override { return make_(accepted); }

  using Maker = Callback<NewConnection(driver::NativeSocket)>;
  template <class Factory>
  Maker maker(Factory factory) {
    if constexpr (!check_listener_factory<S, Factory>()) {
      return {};
    } else {
      return [this, factory = std::move(factory)](driver::NativeSocket accepted) mutable {
        if constexpr (AdmitsSession<Factory, S, const Address&>) {
          const auto peer = peer_of(accepted);
          return admit_by([&] { return factory(peer); });
        } else {
          return admit_by(factory);
        }
      };
    }
  }
  template <class Factory>
  NewConnection admit_by(Factory&& factory) const {
    if constexpr (MayMakeSession<Factory, S>) {
      auto session = factory();
      auto take = [&]() -> S { return *std::move(session); };
      return session ? connection_of<S>(take) : nullptr;
    } else {
      return connection_of<S>(factory);
    }
  }

  Maker make_;
};

// Used by connect and adopt.
template <class S, class Factory>
NewConnection new_connection(Loop& loop, const ConnectionOptions& options, Factory& factory) {
  if constexpr (check_factory<S, Factory>()) {
    auto shared = std::make_shared<const ConnectionOptions>(options);
    return NewConnection(new ConnectionOf<S>(loop, std::move(shared), factory));
  } else {
    return nullptr;
  }
}

// Used by connect.
Connection& start_connecting(NewConnection connection, std::vector<Address> targets, const ConnectOptions& options);

// Connects to `address` and gives the connection a session from `factory()`. Outcome from the loop: on_open, or
// on_close with the reason; a name's addresses are tried in turn. The reference is good until on_close returns; data
// sent before on_open waits. Where nobody listens on a port that the system gives to clients, TCP can connect a socket
// to itself (RFC 9293, simultaneous open): that counts as refused. Throws std::system_error for an address that cannot
// be read or resolved (which blocks: address.h).
template <class S, class Factory>
Connection& connect(Loop& loop, std::string_view address, Factory factory, const ConnectOptions& options = {}) {
  auto targets = Address::resolve(address);
  return start_connecting(new_connection<S>(loop, options.connection, factory), std::move(targets), options);
}

template <class S>
requires std::default_initializable<S> Connection& connect(Loop& loop, std::string_view address,
                                                           const ConnectOptions& options = {}) {
  return connect<S>(
      loop, address, [] { return S(); }, options);
}

// Used by adopt.
Connection& start_adopted(NewConnection connection, ReleasedConnection released);

// Gives a stream that was connected elsewhere a session from `factory()`: one that another loop's connection has
// released, whose unread bytes come first, or one of socketpair(2) or of another program. on_open comes from the loop;
// data sent before waits, and close() before it sends that and comes to on_close alone. The socket's options stay as
// they are.
//
// On Unix systems it may also be an end of a pipe or FIFO, or a terminal (read(2), write(2)):
//   - A read end only receives: send answers `refused`, and on_end is followed by the clean end. A write end only
//     sends, and has no on_end. What is open for both does both: a terminal, and on FreeBSD each end of a pipe.
//   - finish() is close(), which sends what is queued and closes: only so does a reader hear of the end. Nothing
//     lingers, and what a reader has not read stays in the pipe. abort() drops what is queued, and closes.
//   - When no reader is left, a write end ends with EPIPE (std::errc::broken_pipe), also while nothing is sent (not
//     by kqueue, where the next send tells). The process gets no SIGPIPE from it (contract 11): each write blocks the
//     signal in its thread, and takes it away.
//   - It becomes non-blocking for every process that has it, such as the shell whose terminal it is; and stays so.
//
// Throws std::system_error for what is none of these.
//
// So a connection moves to another loop. Its session is another one there, and may be made of the one that it had:
//   bool Player::move_to(eddy::LoopPool& pool, std::size_t loop, eddy::Connection& peer) {
//     auto moved = peer.release();
//     if (!moved) return false;   // output is queued: again in on_low
//     return pool.remote(loop).post([&to = pool[loop], moved = std::move(*moved), player = *this]() mutable {
//       eddy::adopt<Player>(to, std::move(moved), [&] { return std::move(player); });
//     });
//   }
// In on_data the session adds what this call was given in front of moved->unread, if the next one is to get it.
template <Session S, class Factory>
Connection& adopt(Loop& loop, ReleasedConnection released, Factory factory, const ConnectionOptions& options = {}) {
  return start_adopted(new_connection<S>(loop, options, factory), std::move(released));
}

template <Session S>
requires std::default_initializable<S> Connection& adopt(Loop& loop, ReleasedConnection released,
                                                         const ConnectionOptions& options = {}) {
  return adopt<S>(
      loop, std::move(released), [] { return S(); }, options);
}

template <Session S, class Factory>
Connection& adopt(Loop& loop, OwnedSocket socket, Factory factory, const ConnectionOptions& options = {}) {
  return adopt<S>(loop, ReleasedConnection{std::move(socket), {}}, std::move(factory), options);
}

template <Session S>
requires std::default_initializable<S> Connection& adopt(Loop& loop, OwnedSocket socket,
                                                         const ConnectionOptions& options = {}) {
  return adopt<S>(loop, ReleasedConnection{std::move(socket), {}}, options);
}

}  // namespace eddy
