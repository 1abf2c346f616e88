// Memcache<S>: the commands of memcached's text protocol, classic and meta, as the server side reads them.
// The protocol: https://github.com/memcached/memcached/blob/1.6.18/doc/protocol.txt
//
//   struct Cache {
//     void on_command(eddy::Connection& peer, const eddy::memcache::Command& command);   // its views end with the call
//     void on_batch(eddy::Connection& peer);   // optional: all that has arrived was delivered, or delivery was paused
//   };
//   Listener<Memcache<Cache>> listener{loop, "tcp://127.0.0.1:11211"};
//
// A line and its data block come as one command. A retrieval of several keys comes as one command for each key, so that
// a session can pause between them, and a line of any length needs no memory. What cannot be read comes as Verb::error
// with the line to answer; with `noreply` nothing is to be answered, and it comes since it is work like any other. The
// decoder has found its way to the next command then, as memcached does it: a malformed line is skipped, a block that
// does not end with CRLF where it should is skipped by its length, and so is one over the limit, whose command comes at
// once with `too_large`. Two things close the connection with a reason: a line without an end
// (Errc::message_too_long), and HTTP (Errc::malformed_message), which a browser can be made to send.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "protocols/codec.h"
#include "protocols/found.h"
#include "reactor/bytes.h"
#include "reactor/connection.h"
#include "reactor/lifetime.h"
#include "reactor/owned_socket.h"
#include "reactor/session.h"

namespace eddy {

namespace memcache {

inline constexpr std::size_t key_limit = 250;    // bytes
inline constexpr std::size_t line_limit = 2048;  // of all lines but retrievals, which have no limit

enum class Verb : std::uint8_t {
  error,  // Command::error is the line to answer, unless Command::noreply
  // retrievals
  get,
  gets,
  gat,
  gats,
  // with a data block
  set,
  add,
  replace,
  append,
  prepend,
  cas,
  meta_set,
  // others
  remove,  // "delete"
  incr,
  decr,
  touch,
  flush_all,
  verbosity,
  version,
  stats,
  shutdown,
  quit,
  meta_get,
  meta_delete,
  meta_arithmetic,
  meta_debug,
  meta_noop,
};

std::string_view name_of(Verb verb);  // as clients write it
bool has_key(Verb verb);

// What the flags of a meta command say. Those that only ask for something to be returned are in Command::arguments.
struct MetaFlags {
  bool base64_key = false;   // b
  bool value = false;        // v
  bool no_bump = false;      // u
  bool invalidate = false;   // I
  bool has_cas = false;      // C
  bool has_exptime = false;  // T, in Command::exptime
  bool vivify = false;       // N
  bool has_recache = false;  // R
  char mode = 0;             // M: for ms one of E A P R S, for ma one of I + D -; 0 when it was not given
  std::int32_t vivify_exptime = 0;
  std::int32_t recache = 0;
  std::uint64_t initial = 0;  // J
  std::uint64_t delta = 1;    // D
};

struct Command {
  Verb verb = Verb::error;
  // Answer nothing; of a meta command (q) only what is not the nominal answer.
  bool noreply = false;
  // Of retrievals: the last key of the line, so END follows. A line that ends with spaces brings an empty key for it.
  bool last = true;
  // The data block is over the limit and is being skipped.
  bool too_large = false;
  std::string_view key;
  Bytes block;               // the data and the CRLF after it
  std::uint32_t flags = 0;   // the client's, F of ms
  std::int32_t exptime = 0;  // as it was sent; of flush_all the delay
  std::uint64_t number = 0;  // cas unique (C), delta of incr and decr, level of verbosity
  // What follows the name (stats) or the key (meta), as it stands in the line: for meta commands their flags, of ms
  // after the length.
  std::string_view arguments;
  std::string_view error;
  MetaFlags meta;

  Bytes value() const { return block.first(block.size() - 2); }
};

// Takes the next word, without the spaces before it, off the front of `text`. Empty when there is none.
std::string_view next_word(std::string_view& text);

// Base64 (RFC 4648, with padding) as the b flag has it. `out` has room for a key.
using KeyBuffer = char[key_limit + 6];
bool is_base64(std::string_view text);
std::string_view decode_base64(std::string_view text, KeyBuffer& out EDDY_LIFETIMEBOUND);  // of text that is_base64
using EncodedKey = char[(key_limit + 2) / 3 * 4];
std::string_view encode_base64(std::string_view key, EncodedKey& out EDDY_LIFETIMEBOUND);

}  // namespace memcache

struct MemcacheOptions {
  // Bytes of a data block, without its CRLF; at most 2 GiB. ConnectionOptions::input_limit has to be above it by a
  // line.
  std::size_t value_limit = 1024 * 1024;
};

// Finds commands. Looks at each byte at most three times, however the input is cut up.
class MemcacheDecoder {
 public:
  explicit MemcacheDecoder(MemcacheOptions options = {}) : value_limit_(options.value_limit) {}

  // When it answers Found::What::message, `command` was filled; Found::content is not used. Fields that the verb does
  // not have keep what they held.
  Found next(Bytes in, memcache::Command& command);

 private:
  Found skip_block(Bytes in);
  Found skip_line(Bytes in);
  Found next_key(Bytes in, memcache::Command& command);
  Found begin_long_line(Bytes in, memcache::Command& command);
  Found line(Bytes in, std::string_view line, std::size_t size, memcache::Command& command);
  Found retrieval(Bytes in, std::string_view rest, std::size_t size, memcache::Verb verb, memcache::Command& command);
  Found with_block(Bytes in, std::size_t line_size, std::uint64_t length, memcache::Command& command);

  enum class State : std::uint8_t { command, keys, rest_of_line };

  std::size_t value_limit_;
  std::size_t searched_ = 0;      // bytes at the front of `in` that were looked at
  std::size_t wanted_ = 0;        // the line at the front of `in` and its block; 0 when that is not known
  std::uint64_t block_left_ = 0;  // bytes of a block to skip
  std::int32_t exptime_ = 0;      // of the retrieval whose keys come
  State state_ = State::command;
  bool has_key_ = false;  // the retrieval whose keys come had one, or another word that will do
  memcache::Verb verb_ = memcache::Verb::get;
};

template <class S>
concept HasOnCommand = requires(S& s, Connection& c, const memcache::Command& command) {
  { s.on_command(c, command) } -> std::same_as<void>;
};
template <class S>
concept HasOnBatch = requires(S& s, Connection& c) {
  { s.on_batch(c) } -> std::same_as<void>;
};
EDDY_CALLBACK_NAME(on_batch);

template <class S>
class Memcache {
 public:
  using inner_session = S;

  Memcache() requires std::is_default_constructible_v<S>
  = default;
  explicit Memcache(S inner, MemcacheOptions options = {}) : inner_(std::move(inner)), decoder_(options) {}

  S& inner() EDDY_LIFETIMEBOUND { return inner_; }

  std::size_t on_data(Connection& peer, Bytes in) {
    static_assert(HasOnCommand<S>,
                  "on_command must be: void on_command(eddy::Connection&, const eddy::memcache::Command&), and public");
    static_assert(HasOnBatch<S> || !names_on_batch<S>,
                  "on_batch must be: void on_batch(eddy::Connection&), and public");
    memcache::Command command;
    std::size_t consumed = 0;
    while (may_deliver(peer)) {
      const auto found = decoder_.next(in.without_first(consumed), command);
      consumed += found.size;
      if (found.what == Found::What::message) {
        if constexpr (HasOnCommand<S>) inner_.on_command(peer, command);
      } else if (found.what == Found::What::broken) {
        peer.close(found.error);
      } else if (found.size == 0) {
        break;
      }
    }
    if constexpr (HasOnBatch<S>) inner_.on_batch(peer);
    return consumed;
  }

  void on_descriptors(Connection& peer, std::vector<OwnedDescriptor> attached) requires HasOnDescriptors<S> {
    inner_.on_descriptors(peer, std::move(attached));
  }
  void on_open(Connection& peer) requires HasOnOpen<S> { inner_.on_open(peer); }
  void on_end(Connection& peer) requires HasOnEnd<S> { inner_.on_end(peer); }
  void on_high(Connection& peer) requires HasOnHigh<S> { inner_.on_high(peer); }
  void on_low(Connection& peer) requires HasOnLow<S> { inner_.on_low(peer); }
  void on_idle(Connection& peer) requires HasOnIdle<S> { inner_.on_idle(peer); }
  void on_drain(Connection& peer) requires HasOnDrain<S> { inner_.on_drain(peer); }
  void on_close(Connection& peer, std::error_code why) requires HasOnClose<S> { inner_.on_close(peer, why); }

 private:
  S inner_;
  MemcacheDecoder decoder_;
};

}  // namespace eddy
