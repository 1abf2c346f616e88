// Writing a request piece by piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "../exchange.h"

namespace load {

// Puts what fits of `request` from `offset` on into `room`, and moves `offset`: to 0 when that was the end.
inline Exchange::Written write_piece(std::string_view request, std::size_t& offset, std::span<std::byte> room) {
  const auto piece = request.substr(offset, room.size());
  if (!piece.empty()) std::memcpy(room.data(), piece.data(), piece.size());
  offset += piece.size();
  const bool complete = offset == request.size();
  if (complete) offset = 0;
  return {piece.size(), complete};
}

}  // namespace load
