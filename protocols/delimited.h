// Delimited<S>: messages that end with a byte string of your choice, such as "\0" or "\r\n\r\n".
//
//   struct User {
//     void on_message(eddy::Connection& peer, eddy::Bytes message);   // without the delimiter; good until the call
//     returns void on_too_long(eddy::Connection& peer);                       // optional, with TooLong::skip
//   };
//   const Delimiter blank_line("\r\n\r\n");
//   Listener<Delimited<User>> listener{loop, "tcp://*:7007", [&] { return Delimited<User>(User(), blank_line); }};
//
// A message ends at the first place where the whole delimiter stands. One that has no end when the peer sends FIN is
// not delivered. To send one: peer.send({message, "\r\n\r\n"}).
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "protocols/codec.h"
#include "protocols/found.h"

namespace eddy {

// A delimiter made ready for searching. Copies share it, so make one for all connections.
class Delimiter {
 public:
  // Throws std::invalid_argument when `bytes` is empty.
  explicit Delimiter(Bytes bytes);

  std::size_t size() const { return table_->bytes.size(); }

  // How many bytes of the delimiter stand at the end of the text so far, once `next` has come after `matched` of them.
  // Constant time on average over a text (Knuth, Morris and Pratt, 1977).
  std::size_t advance(std::size_t matched, std::byte next) const;
  std::byte first() const { return table_->bytes.front(); }

 private:
  struct Table {
    std::vector<std::byte> bytes;
    std::vector<std::size_t> borders;  // of each prefix: the longest proper prefix of it that is its suffix too
  };
  std::shared_ptr<const Table> table_;
};

struct DelimitedOptions {
  // Bytes of a message, without the delimiter. See LinesOptions::limit.
  std::size_t limit = 64 * 1024;
  TooLong too_long = TooLong::close;
};

// Finds delimited messages. Takes linear time in all, however the input is cut up and whatever the delimiter is.
class DelimitedDecoder {
 public:
  explicit DelimitedDecoder(Delimiter delimiter, DelimitedOptions options = {})
      : delimiter_(std::move(delimiter)), options_(options) {}
  Found next(Bytes in);

 private:
  // Where the first delimiter from `searched_` on ends; in.size() + 1 when there is none.
  std::size_t find_end(Bytes in);

  Delimiter delimiter_;
  DelimitedOptions options_;
  std::size_t searched_ = 0;  // bytes at the front of `in` that were looked at
  std::size_t matched_ = 0;   // how many of the delimiter stand at their end
  bool skipping_ = false;
};

template <class S>
concept TakesDelimited = requires(S& s, Connection& c, Bytes message) {
  { s.on_message(c, message) } -> std::same_as<void>;
};

struct DeliverMessage {
  template <TakesDelimited S>
  static void message(S& session, Connection& peer, Bytes content) {
    session.on_message(peer, content);
  }
  template <class S>
  static constexpr bool check() {
    static_assert(TakesDelimited<S> || (names_on_data<S> && !names_on_message<S>),
                  "on_message must be: void on_message(eddy::Connection&, eddy::Bytes), and public");
    return true;
  }
};

template <class S>
class Delimited : public Codec<S, DelimitedDecoder, DeliverMessage> {
 public:
  Delimited(S inner, Delimiter delimiter, DelimitedOptions options = {})
      : Codec<S, DelimitedDecoder, DeliverMessage>(std::move(inner), DelimitedDecoder(std::move(delimiter), options)) {}
};

}  // namespace eddy
