// Irc<S>: messages of the IRC client protocol (RFC 1459 and 2812, as modern.ircdocs.horse describes what is spoken
// today, with the message tags of IRCv3).
//
//   struct User {
//     void on_message(eddy::Connection& peer, const eddy::IrcMessage& message);   // good until the call returns
//     void on_too_long(eddy::Connection& peer);    // optional: a line over the limits was dropped
//     void on_malformed(eddy::Connection& peer);   // optional: a line that is no message was dropped
//   };
//   Listener<Irc<User>> listener{loop, "tcp://*:6667"};
//
// Lines end with CRLF, or with LF alone. Empty ones are no messages and are passed over. What is left without an end
// when the peer sends FIN is not delivered. To write a message: protocols/irc_line.h.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "protocols/codec.h"
#include "protocols/found.h"
#include "protocols/lines.h"
#include "reactor/lifetime.h"

namespace eddy {

// One message, as views into its line.
class IrcMessage {
 public:
  static constexpr std::size_t max_params = 15;

  // Reads a line without its end: ['@' tags SPACE] [':' source SPACE] command {SPACE param} [SPACE ':' last param].
  // Parts may stand several spaces apart. The fifteenth parameter is all that is left, spaces included. Empty where
  // there is no command, and where there is a NUL or a CR, which no message has (RFC 2812, 2.3.1): some clients end
  // lines there, so passing one on would let its sender write lines in the server's name.
  static std::optional<IrcMessage> parse(std::string_view line EDDY_LIFETIMEBOUND);

  std::string_view line() const { return line_; }        // all of it: parse() reads a copy that is kept
  std::string_view tags() const { return tags_; }        // as they came, without the '@'; irc_tags.h reads them
  std::string_view source() const { return source_; }    // without the ':'
  std::string_view command() const { return command_; }  // in the case in which it came
  std::span<const std::string_view> params() const EDDY_LIFETIMEBOUND { return {params_.data(), count_}; }
  // Parameter `index`, or empty where there are not so many.
  std::string_view param(std::size_t index) const { return index < count_ ? params_[index] : std::string_view(); }

 private:
  std::string_view line_;
  std::string_view tags_;
  std::string_view source_;
  std::string_view command_;
  std::array<std::string_view, max_params> params_{};
  std::size_t count_ = 0;
};

struct IrcOptions {
  // Bytes of a message without its tags, its end counted as the two bytes of CRLF.
  std::size_t limit = 512;
  // Bytes of the tags, with the '@' before and the space after them. A server gives 4096: the other half of these
  // belongs to what servers add (IRCv3 message-tags, "Size limit").
  std::size_t tags_limit = 8191;
};

// Finds the lines of messages. Looks at each byte once, however the input is cut up.
class IrcDecoder {
 public:
  explicit IrcDecoder(IrcOptions options = {});
  Found next(Bytes in);

 private:
  IrcOptions options_;
  LineDecoder lines_;
};

template <class S>
concept TakesIrcMessages = requires(S& s, Connection& c, const IrcMessage& message) {
  { s.on_message(c, message) } -> std::same_as<void>;
};
template <class S>
concept HasOnMalformed = requires(S& s, Connection& c) {
  { s.on_malformed(c) } -> std::same_as<void>;
};
EDDY_CALLBACK_NAME(on_malformed);

struct DeliverIrcMessage {
  template <TakesIrcMessages S>
  static void message(S& session, Connection& peer, Bytes content) {
    if (const auto message = IrcMessage::parse(content.text())) {
      session.on_message(peer, *message);
    } else if constexpr (HasOnMalformed<S>) {
      session.on_malformed(peer);
    }
  }
  template <class S>
  static constexpr bool check() {
    static_assert(TakesIrcMessages<S> || (names_on_data<S> && !names_on_message<S>),
                  "on_message must be: void on_message(eddy::Connection&, const eddy::IrcMessage&), and public");
    static_assert(HasOnMalformed<S> || !names_on_malformed<S>,
                  "on_malformed must be: void on_malformed(eddy::Connection&), and public");
    return true;
  }
};

template <class S>
class Irc : public Codec<S, IrcDecoder, DeliverIrcMessage> {
 public:
  Irc() = default;
  explicit Irc(S inner, IrcOptions options = {})
      : Codec<S, IrcDecoder, DeliverIrcMessage>(std::move(inner), IrcDecoder(options)) {}
};

}  // namespace eddy
