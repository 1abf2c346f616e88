// Corruption: the first wrong byte of a stream, of a datagram, or of a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace load {

struct Corruption {
  std::size_t connection;
  std::optional<std::uint64_t> sequence;  // of the datagram or message; empty for a stream
  std::uint64_t offset;                   // in the stream, the datagram or the message
  std::optional<std::uint8_t> expected;   // empty: it should have ended here
  std::optional<std::uint8_t> got;        // empty: it ended here
};

inline constexpr std::size_t most_corruptions = 10;  // that a report shows; the others are only counted

}  // namespace load
