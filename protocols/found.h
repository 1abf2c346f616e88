// Found: what a decoder's next(in) answers. A decoder finds the first message in `in`, which starts where the last
// answer's `size` left off: the unconsumed rest, and what has arrived since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <system_error>

#include "reactor/bytes.h"

namespace eddy {

struct Found {
  enum class What : std::uint8_t {
    nothing,   // no whole message yet; `size` bytes can go all the same, and if any do, next is asked about the rest
    message,   // `content`, which lies in `in`
    too_long,  // one over the limit begins, and is being skipped
    broken,    // `error` says why; nothing after it can be read
  };
  What what = What::nothing;
  std::size_t size = 0;  // bytes of `in` that are dealt with
  Bytes content{};
  std::error_code error{};
};

// What becomes of a message over the limit.
enum class TooLong : std::uint8_t {
  close,  // the connection ends with Errc::message_too_long
  skip,   // it is dropped as it arrives; on_too_long(connection) tells the session, if it has that
};

}  // namespace eddy
