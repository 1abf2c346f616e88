#include "protocols/frames.h"

#include <limits>
#include <stdexcept>
#include <string>

namespace eddy {
namespace {

// 0 for the varint.
std::size_t width(Prefix prefix) {
  switch (prefix) {
    case Prefix::u8: return 1;
    case Prefix::be16:
    case Prefix::le16: return 2;
    case Prefix::be32:
    case Prefix::le32: return 4;
    case Prefix::be64:
    case Prefix::le64: return 8;
    case Prefix::varint: break;
  }
  return 0;
}

bool little_endian(Prefix prefix) { return prefix == Prefix::le16 || prefix == Prefix::le32 || prefix == Prefix::le64; }

// A prefix as it was read.
struct Read {
  enum class What : std::uint8_t { incomplete, length, malformed };
  What what = What::incomplete;
  std::size_t size = 0;
  std::uint64_t length = 0;
};

Read read_fixed(Bytes in, std::size_t size, bool little) {
  if (in.size() < size) return {};
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < size; ++i) {
    length = length << 8 | static_cast<std::uint64_t>(in[little ? size - 1 - i : i]);
  }
  return {.what = Read::What::length, .size = size, .length = length};
}

Read read_varint(Bytes in) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto byte = static_cast<std::uint64_t>(in[i]);
    // The tenth byte has room for the 64th bit alone.
    if (i == 9 && byte > 1) return {.what = Read::What::malformed};
    length |= (byte & 0x7f) << 7 * i;
    if ((byte & 0x80) == 0) return {.what = Read::What::length, .size = i + 1, .length = length};
  }
  return {};
}

}  // namespace

Found FrameDecoder::next(Bytes in) const {
  const auto prefix = options_.prefix == Prefix::varint
                          ? read_varint(in)
                          : read_fixed(in, width(options_.prefix), little_endian(options_.prefix));
  if (prefix.what == Read::What::incomplete) return {};
  if (prefix.what == Read::What::malformed) {
    return {.what = Found::What::broken, .size = in.size(), .error = Errc::malformed_message};
  }
  if (prefix.length > options_.limit) {
    return {.what = Found::What::broken, .size = in.size(), .error = Errc::message_too_long};
  }
  const auto length = static_cast<std::size_t>(prefix.length);
  if (in.size() - prefix.size < length) return {};
  return {.what = Found::What::message,
          .size = prefix.size + length,
          .content = in.without_first(prefix.size).first(length)};
}

EncodedPrefix::EncodedPrefix(Prefix prefix, std::uint64_t length) {
  if (prefix == Prefix::varint) {
    do {
      const auto more = length > 0x7f ? 0x80U : 0U;
      bytes_[size_++] = static_cast<std::byte>((length & 0x7f) | more);
      length >>= 7;
    } while (length > 0);
    return;
  }
  size_ = width(prefix);
  const auto most = size_ == 8 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << 8 * size_) - 1;
  if (length > most) {
    throw std::length_error("frame of " + std::to_string(length) + " bytes: expected at most " + std::to_string(most) +
                            " with a prefix of " + std::to_string(size_));
  }
  for (std::size_t i = 0; i < size_; ++i) {
    bytes_[little_endian(prefix) ? i : size_ - 1 - i] = static_cast<std::byte>(length >> 8 * i);
  }
}

SendResult send_frame(Connection& peer, Prefix prefix, Bytes content) {
  const EncodedPrefix encoded(prefix, content.size());
  return peer.send({encoded.bytes(), content});
}

}  // namespace eddy
