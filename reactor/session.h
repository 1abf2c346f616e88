// What a session is: any type with the callbacks it wants. No base class. Only on_data is required.
//
//   struct Echo {
//     std::size_t on_data(eddy::Connection& peer, eddy::Bytes in);   // bytes consumed; the rest is offered again with
//                                                                    // what arrives next. May return void: all of them
//     void on_open(eddy::Connection& peer);                          // accepted, or the connect succeeded
//     void on_end(eddy::Connection& peer);                           // the peer sent FIN; without it: close()
//     void on_high(eddy::Connection& peer);                          // output stands above the high mark: hold back
//     void on_low(eddy::Connection& peer);                           // and is at or below the low mark again; or all
//                                                                    // has left, and release() waits for that
//     void on_idle(eddy::Connection& peer);                          // idle_timeout passed; without it: the end
//     void on_drain(eddy::Connection& peer);                         // Loop::drain began; without it: close()
//     void on_close(eddy::Connection& peer, std::error_code why);    // the last callback, always, exactly once
//     void on_descriptors(eddy::Connection& peer, std::vector<eddy::OwnedDescriptor> attached);  // see below
//   };
//
// on_close also comes where on_open did not: when a connect fails. An exception that leaves any of them ends the
// connection with Errc::callback_threw (contract 12).
//
// on_descriptors gets the descriptors that the peer of a Unix socket has passed (unix(7), SCM_RIGHTS;
// Connection::send), close-on-exec, before on_data gets the bytes that they came with. Bytes that were sent just before
// may be of the same read, and then come behind the descriptors, too. So let the bytes say which message has how many,
// and keep descriptors until that message is read:
//
//     void on_descriptors(eddy::Connection& peer, std::vector<eddy::OwnedDescriptor> attached) {
//       for (auto& each : attached) waiting.push_back(std::move(each));
//       if (waiting.size() > 16) peer.abort();   // there is no other limit for what a peer passes
//     }
//
// When the process may have no more descriptors, and one is lost by that, the connection ends with
// std::errc::too_many_files_open. Without on_descriptors a peer may attach nothing (Linux 6.16), or it is closed.
//
// A session that has one of these names in another form (other parameters, another result, private) does not compile,
// and the error says the right form.
#pragma once

#include <concepts>
#include <cstddef>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "reactor/bytes.h"
#include "reactor/owned_socket.h"
#include "reactor/session_traits.h"

namespace eddy {

class Connection;

template <class S>
concept Session = requires(S& session, Connection& peer, Bytes in) {
  requires std::is_void_v<decltype(session.on_data(peer, in))> ||
      std::same_as<decltype(session.on_data(peer, in)), std::size_t>;
};

// Calls on_data; one that returns void has consumed all.
template <Session S>
std::size_t offer_data(S& session, Connection& peer, Bytes in) {
  if constexpr (std::is_void_v<decltype(session.on_data(peer, in))>) {
    session.on_data(peer, in);
    return in.size();
  } else {
    return session.on_data(peer, in);
  }
}

// One static table per session type, so that a connection reaches its session by one indirect call. A null entry is a
// callback that the session does not have.
struct SessionTable {
  std::size_t (*on_data)(Connection&, Bytes);
  void (*on_descriptors)(Connection&, std::vector<OwnedDescriptor>);
  std::size_t (*held_input)(Connection&);
  void (*on_open)(Connection&);
  void (*on_end)(Connection&);
  void (*on_high)(Connection&);
  void (*on_low)(Connection&);
  void (*on_idle)(Connection&);
  void (*on_drain)(Connection&);
  void (*on_close)(Connection&, std::error_code);
};

// Which optional callbacks a session has. A codec uses them to offer exactly what the session inside it has.
template <class S>
concept HasOnDescriptors = requires(S& s, Connection& c, std::vector<OwnedDescriptor> attached) {
  { s.on_descriptors(c, std::move(attached)) } -> std::same_as<void>;
};
template <class S>
concept HasOnOpen = requires(S& s, Connection& c) {
  { s.on_open(c) } -> std::same_as<void>;
};
template <class S>
concept HasOnEnd = requires(S& s, Connection& c) {
  { s.on_end(c) } -> std::same_as<void>;
};
template <class S>
concept HasOnHigh = requires(S& s, Connection& c) {
  { s.on_high(c) } -> std::same_as<void>;
};
template <class S>
concept HasOnLow = requires(S& s, Connection& c) {
  { s.on_low(c) } -> std::same_as<void>;
};
template <class S>
concept HasOnIdle = requires(S& s, Connection& c) {
  { s.on_idle(c) } -> std::same_as<void>;
};
template <class S>
concept HasOnDrain = requires(S& s, Connection& c) {
  { s.on_drain(c) } -> std::same_as<void>;
};
template <class S>
concept HasOnClose = requires(S& s, Connection& c, std::error_code why) {
  { s.on_close(c, why) } -> std::same_as<void>;
};

// Of a codec: how many bytes at the front of what the connection keeps are dealt with. They are not offered to a
// session that takes over from it (Connection::become).
template <class S>
concept HasHeldInput = requires(S& s) {
  typename S::inner_session;
  { s.held_input() } -> std::same_as<std::size_t>;
};

EDDY_CALLBACK_NAME(on_data);
EDDY_CALLBACK_NAME(on_descriptors);
EDDY_CALLBACK_NAME(on_open);
EDDY_CALLBACK_NAME(on_end);
EDDY_CALLBACK_NAME(on_high);
EDDY_CALLBACK_NAME(on_low);
EDDY_CALLBACK_NAME(on_idle);
EDDY_CALLBACK_NAME(on_drain);
EDDY_CALLBACK_NAME(on_close);

// Compiles when a connection can call every callback whose name the session has.
template <class S>
constexpr bool check_session() {
  using Inner = Innermost<S>;
  static_assert(
      Session<S>,
      "on_data must be: void on_data(eddy::Connection&, eddy::Bytes) or std::size_t on_data(eddy::Connection&, "
      "eddy::Bytes), and public");
  static_assert(HasOnDescriptors<S> || !names_on_descriptors<Inner>,
                "on_descriptors must be: void on_descriptors(eddy::Connection&, std::vector<eddy::OwnedDescriptor>), "
                "and public");
  static_assert(HasOnOpen<S> || !names_on_open<Inner>, "on_open must be: void on_open(eddy::Connection&), and public");
  static_assert(HasOnEnd<S> || !names_on_end<Inner>, "on_end must be: void on_end(eddy::Connection&), and public");
  static_assert(HasOnHigh<S> || !names_on_high<Inner>, "on_high must be: void on_high(eddy::Connection&), and public");
  static_assert(HasOnLow<S> || !names_on_low<Inner>, "on_low must be: void on_low(eddy::Connection&), and public");
  static_assert(HasOnIdle<S> || !names_on_idle<Inner>, "on_idle must be: void on_idle(eddy::Connection&), and public");
  static_assert(HasOnDrain<S> || !names_on_drain<Inner>,
                "on_drain must be: void on_drain(eddy::Connection&), and public");
  static_assert(HasOnClose<S> || !names_on_close<Inner>,
                "on_close must be: void on_close(eddy::Connection&, std::error_code), and public");
  return true;
}

// The table of a session S that `of` finds in its connection.
template <class S, S& (*of)(Connection&)>
constexpr SessionTable table_of() {
  SessionTable t{};
  if constexpr (Session<S>) t.on_data = [](Connection& c, Bytes in) { return offer_data(of(c), c, in); };
  if constexpr (HasOnDescriptors<S>) {
    t.on_descriptors = [](Connection& c, std::vector<OwnedDescriptor> attached) {
      of(c).on_descriptors(c, std::move(attached));
    };
  }
  if constexpr (HasHeldInput<S>) t.held_input = [](Connection& c) { return of(c).held_input(); };
  if constexpr (HasOnOpen<S>) t.on_open = [](Connection& c) { of(c).on_open(c); };
  if constexpr (HasOnEnd<S>) t.on_end = [](Connection& c) { of(c).on_end(c); };
  if constexpr (HasOnHigh<S>) t.on_high = [](Connection& c) { of(c).on_high(c); };
  if constexpr (HasOnLow<S>) t.on_low = [](Connection& c) { of(c).on_low(c); };
  if constexpr (HasOnIdle<S>) t.on_idle = [](Connection& c) { of(c).on_idle(c); };
  if constexpr (HasOnDrain<S>) t.on_drain = [](Connection& c) { of(c).on_drain(c); };
  if constexpr (HasOnClose<S>) t.on_close = [](Connection& c, std::error_code why) { of(c).on_close(c, why); };
  return t;
}

}  // namespace eddy
