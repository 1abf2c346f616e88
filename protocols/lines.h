// Lines<S>: text lines, ended by LF or CRLF.
//
//   struct User {
//     void on_line(eddy::Connection& peer, std::string_view line);   // without its end; good until the call returns
//     void on_too_long(eddy::Connection& peer);                      // optional, with TooLong::skip
//   };
//   Listener<Lines<User>> listener{loop, "tcp://*:7007"};
//
// A CR that is not before LF belongs to the line. A line that has no end when the peer sends FIN is not delivered: a
// command cut off in its middle is not a command. peer.kept() in on_end tells that there is one. To send a line:
// peer.send({line, "\n"}).
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

#include "protocols/codec.h"
#include "protocols/found.h"

namespace eddy {

struct LinesOptions {
  // Bytes of a line, without its end. More than ConnectionOptions::input_limit is never reached: that ends the
  // connection first.
  std::size_t limit = 64 * 1024;
  TooLong too_long = TooLong::close;
};

// Finds lines. Looks at each byte once, however the input is cut up.
class LineDecoder {
 public:
  explicit LineDecoder(LinesOptions options = {}) : options_(options) {}
  Found next(Bytes in);

 private:
  Found over_limit(std::size_t size, bool ended);

  LinesOptions options_;
  std::size_t searched_ = 0;  // bytes at the front of `in` that have no LF
  bool skipping_ = false;
};

template <class S>
concept HasOnLine = requires(S& s, Connection& c, std::string_view line) {
  { s.on_line(c, line) } -> std::same_as<void>;
};
EDDY_CALLBACK_NAME(on_line);

struct DeliverLine {
  template <HasOnLine S>
  static void message(S& session, Connection& peer, Bytes content) {
    session.on_line(peer, content.text());
  }
  template <class S>
  static constexpr bool check() {
    static_assert(HasOnLine<S> || (names_on_data<S> && !names_on_line<S>),
                  "on_line must be: void on_line(eddy::Connection&, std::string_view), and public");
    return true;
  }
};

template <class S>
class Lines : public Codec<S, LineDecoder, DeliverLine> {
 public:
  Lines() = default;
  explicit Lines(S inner, LinesOptions options = {})
      : Codec<S, LineDecoder, DeliverLine>(std::move(inner), LineDecoder(options)) {}
};

}  // namespace eddy
