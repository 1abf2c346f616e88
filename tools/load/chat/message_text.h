// MessageText: what the sender says. Printable ASCII, `size` bytes:
//
//   0-11   number of the message   hexadecimal
//   13-28  when it was due         hexadecimal, nanoseconds of the loop's clock
//   30-    filler that looks random, different for each message and each seed
//
// with a space after number and time.
#pragma once

#include <reactor/time.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "../stream_pattern.h"

namespace load::chat {

class MessageText {
 public:
  static constexpr std::size_t header_size = 30;

  // `size` is at least header_size.
  MessageText(std::uint64_t seed, std::size_t size);

  // Good until the next call.
  std::string_view write(std::uint64_t number, eddy::TimePoint due);

  // The number of a text that write() can have answered; empty for any other text. Overwrites what write() answered.
  std::optional<std::uint64_t> number_of(std::string_view text);

 private:
  StreamPattern pattern_;
  std::string text_;
};

}  // namespace load::chat
