// What a session is: any type with the callbacks it wants. No base class. Only on_data is required.
//
//   struct Echo {
//     std::size_t on_data(eddy::Connection& peer, eddy::Bytes in);   // bytes consumed; the rest is offered again with
//                                                                    // what arrives next. May return void: all of them
//     void on_open(eddy::Connection& peer);                          // accepted, or the connect succeeded
//     void on_end(eddy::Connection& peer);                           // the peer sent FIN; without it: close()
//     void on_high(eddy::Connection& peer);                          // output stands above the high mark: hold back
//     void on_low(eddy::Connection& peer);                           // and is at or below the low mark again
//     void on_idle(eddy::Connection& peer);                          // idle_timeout passed; without it: the end
//     void on_drain(eddy::Connection& peer);                         // Loop::drain began; without it: close()
//     void on_close(eddy::Connection& peer, std::error_code why);    // the last callback, always, exactly once
//   };
//
// on_close also comes where on_open did not: when a connect fails. An exception that leaves any of them ends the
// connection with Errc::callback_threw (contract 12).
#pragma once

#include <concepts>
#include <cstddef>
#include <system_error>
#include <type_traits>

#include "reactor/bytes.h"

namespace eddy {

class Connection;

template <class S>
concept Session = requires(S& session, Connection& peer, Bytes in) {
  session.on_data(peer, in);
};

// One static table per session type, so that a connection reaches its session by one indirect call. A null entry is a
// callback that the session does not have.
struct SessionTable {
  std::size_t (*on_data)(Connection&, Bytes);
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
concept HasOnOpen = requires(S& s, Connection& c) {
  s.on_open(c);
};
template <class S>
concept HasOnEnd = requires(S& s, Connection& c) {
  s.on_end(c);
};
template <class S>
concept HasOnHigh = requires(S& s, Connection& c) {
  s.on_high(c);
};
template <class S>
concept HasOnLow = requires(S& s, Connection& c) {
  s.on_low(c);
};
template <class S>
concept HasOnIdle = requires(S& s, Connection& c) {
  s.on_idle(c);
};
template <class S>
concept HasOnDrain = requires(S& s, Connection& c) {
  s.on_drain(c);
};
template <class S>
concept HasOnClose = requires(S& s, Connection& c, std::error_code why) {
  s.on_close(c, why);
};

}  // namespace eddy
