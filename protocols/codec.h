// Codec: what all codecs share. A codec is a session that wraps a session: bytes go in, whole messages come out.
//
// It keeps no bytes of its own but those of whole messages that a session inside left unconsumed. on_data answers how
// much it consumed; the connection keeps the rest and offers it again with what arrives next, in one piece. So a
// message that arrived whole is handed on where it lies, without a copy, and one that arrived in pieces has been put
// together by the connection.
//
// The session inside gets its messages by the codec's own callback, such as on_line. One that has no such callback but
// on_data gets the messages' contents as a stream of bytes, which is how codecs stack: Frames<Lines<User>> finds lines
// inside of frames, and across them. What it leaves is offered again when a connection would do so: with what arrives
// next, after on_low, after resume(), and before the end. All its other callbacks are called as if it stood alone;
// those it does not have, the codec does not have either.
//
// pause() and close() in the middle of several messages stop the delivery after that message; what is left is offered
// again after resume(). Connection::become stops it, too: what follows that message belongs to the new session. A
// message that a session inside, in a stack, has begun to consume counts as delivered: what it left of it is dropped.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocols/found.h"
#include "protocols/inner_stream.h"
#include "reactor/bytes.h"
#include "reactor/connection.h"
#include "reactor/error.h"
#include "reactor/lifetime.h"
#include "reactor/owned_socket.h"
#include "reactor/session.h"

namespace eddy {

template <class S>
concept HasOnTooLong = requires(S& s, Connection& c) {
  { s.on_too_long(c) } -> std::same_as<void>;
};
EDDY_CALLBACK_NAME(on_too_long);
EDDY_CALLBACK_NAME(on_message);  // of several codecs

// Whether a codec may deliver the next message.
inline bool may_deliver(const Connection& peer) { return !peer.paused() && !peer.closing() && !peer.becoming(); }

// `Decoder` finds messages: found.h. `Deliver` hands one to a session: Deliver::message(session, connection, content)
// compiles for sessions that have the codec's callback, and Deliver::check<S>() for those that have it in the right
// form or, without it, on_data.
template <class S, class Decoder, class Deliver>
class Codec {
  static constexpr bool takes_messages = requires(S & s, Connection& c, Bytes m) { Deliver::message(s, c, m); };
  static constexpr bool takes_stream = !takes_messages && Session<S>;

 public:
  using inner_session = S;

  Codec() requires std::is_default_constructible_v<S> && std::is_default_constructible_v<Decoder>
  = default;
  Codec(S inner, Decoder decoder) : inner_(std::move(inner)), decoder_(std::move(decoder)) {}

  S& inner() EDDY_LIFETIMEBOUND { return inner_; }

  std::size_t on_data(Connection& peer, Bytes in) {
    static_assert(Deliver::template check<S>());
    static_assert(
        Session<S> || !names_on_data<S>,
        "on_data must be: void on_data(eddy::Connection&, eddy::Bytes) or std::size_t on_data(eddy::Connection&, "
        "eddy::Bytes), and public");
    static_assert(HasOnTooLong<S> || !names_on_too_long<S>,
                  "on_too_long must be: void on_too_long(eddy::Connection&), and public");
    std::size_t consumed = stream_.held;
    bool delivered = false;
    while (may_deliver(peer)) {
      const auto found = decoder_.next(in.without_first(consumed));
      if (found.what == Found::What::message) {
        delivered = true;
        if (!deliver(peer, found)) break;
      } else if (found.what == Found::What::too_long) {
        if constexpr (HasOnTooLong<S>) inner_.on_too_long(peer);
      } else if (found.what == Found::What::broken) {
        peer.close(found.error);
      }
      consumed += found.size;
      if (found.what == Found::What::nothing && found.size == 0) break;
    }
    if constexpr (takes_stream) {
      if (!delivered && stream_.has_rest() && may_deliver(peer)) stream_.feed(inner_, peer, {});
      // The connection offers again only where something was left: a byte that is dealt with stays there meanwhile.
      stream_.held = stream_.has_rest() && consumed == in.size() ? 1 : 0;
      consumed -= stream_.held;
    }
    return consumed;
  }

  void on_descriptors(Connection& peer, std::vector<OwnedDescriptor> attached) requires HasOnDescriptors<S> {
    inner_.on_descriptors(peer, std::move(attached));
  }
  // See SessionTable.
  std::size_t held_input() const requires takes_stream { return stream_.held + stream_.begun; }

  void on_open(Connection& peer) requires HasOnOpen<S> { inner_.on_open(peer); }
  void on_end(Connection& peer) requires HasOnEnd<S> { inner_.on_end(peer); }
  void on_high(Connection& peer) requires HasOnHigh<S> { inner_.on_high(peer); }
  void on_low(Connection& peer) requires HasOnLow<S> { inner_.on_low(peer); }
  void on_idle(Connection& peer) requires HasOnIdle<S> { inner_.on_idle(peer); }
  void on_drain(Connection& peer) requires HasOnDrain<S> { inner_.on_drain(peer); }
  void on_close(Connection& peer, std::error_code why) requires HasOnClose<S> { inner_.on_close(peer, why); }

 private:
  // False when the message has to be offered once more, because the session inside paused before it took all of it.
  bool deliver(Connection& peer, const Found& found) {
    if constexpr (takes_messages) {
      Deliver::message(inner_, peer, found.content);
      return true;
    } else if constexpr (takes_stream) {
      const bool taken = stream_.feed(inner_, peer, found.content);
      stream_.begun = stream_.has_begun() ? found.size : 0;
      return taken;
    } else {
      return true;  // does not compile: see on_data
    }
  }

  struct NoStream {
    static constexpr std::size_t held = 0;
  };
  struct HeldStream : InnerStream {
    std::size_t held = 0;   // bytes in front that are dealt with, but not consumed
    std::size_t begun = 0;  // of a message in front that was delivered in part
  };

  S inner_;
  Decoder decoder_;
  [[no_unique_address]] std::conditional_t<takes_stream, HeldStream, NoStream> stream_;
};

}  // namespace eddy
