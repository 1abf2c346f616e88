// Frames<S>: messages with their length before them.
//
//   struct User {
//     void on_frame(eddy::Connection& peer, eddy::Bytes frame);   // without its prefix; good until the call returns
//   };
//   Listener<Frames<User>> listener{loop, "tcp://*:7007"};         // a 4-byte prefix, most significant byte first
//
// The length counts the content alone. A frame over the limit ends the connection with Errc::message_too_long as soon
// as its prefix is in, before any of it is kept; a prefix that cannot be read with Errc::malformed_message. A frame
// that is not complete when the peer sends FIN is not delivered.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "protocols/codec.h"
#include "protocols/found.h"
#include "reactor/lifetime.h"

namespace eddy {

// How the length is written. be: most significant byte first (network order); le: least significant first.
enum class Prefix : std::uint8_t {
  u8,
  be16,
  le16,
  be32,
  le32,
  be64,
  le64,
  varint,  // LEB128, as Protocol Buffers has it: 7 bits a byte, least significant first; 1 to 10 bytes, padded ones too
};

struct FramesOptions {
  Prefix prefix = Prefix::be32;
  // Bytes of a frame, without the prefix. More than ConnectionOptions::input_limit is never reached: that ends the
  // connection first.
  std::size_t limit = 1024 * 1024;
};

// Finds frames, in constant time for each piece of input.
class FrameDecoder {
 public:
  explicit FrameDecoder(FramesOptions options = {}) : options_(options) {}
  Found next(Bytes in) const;

 private:
  FramesOptions options_;
};

// A prefix as it is sent.
class EncodedPrefix {
 public:
  // Throws std::length_error when the prefix cannot say `length`.
  EncodedPrefix(Prefix prefix, std::uint64_t length);
  Bytes bytes() const EDDY_LIFETIMEBOUND { return {bytes_.data(), size_}; }

 private:
  std::array<std::byte, 10> bytes_{};
  std::size_t size_ = 0;
};

// Sends `content` as one frame, all or nothing. Throws std::length_error when the prefix cannot say its length.
SendResult send_frame(Connection& peer, Prefix prefix, Bytes content);

template <class S>
concept HasOnFrame = requires(S& s, Connection& c, Bytes frame) {
  { s.on_frame(c, frame) } -> std::same_as<void>;
};
EDDY_CALLBACK_NAME(on_frame);

struct DeliverFrame {
  template <HasOnFrame S>
  static void message(S& session, Connection& peer, Bytes content) {
    session.on_frame(peer, content);
  }
  template <class S>
  static constexpr bool check() {
    static_assert(HasOnFrame<S> || (names_on_data<S> && !names_on_frame<S>),
                  "on_frame must be: void on_frame(eddy::Connection&, eddy::Bytes), and public");
    return true;
  }
};

template <class S>
class Frames : public Codec<S, FrameDecoder, DeliverFrame> {
 public:
  Frames() = default;
  explicit Frames(S inner, FramesOptions options = {})
      : Codec<S, FrameDecoder, DeliverFrame>(std::move(inner), FrameDecoder(options)) {}
};

}  // namespace eddy
