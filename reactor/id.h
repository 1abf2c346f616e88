// Id: how to refer to a connection, listener or datagram socket across callbacks (contract 3).
//
// A slot number and the slot's generation. When the object is gone the generation moves on, so an old Id is simply not
// found, also after the slot has been used again. The same 64 bits are the token that the kernel is given with a
// descriptor, so that an event for a descriptor number's former owner is recognised and dropped.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace eddy {

struct Id {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0 is never handed out: a default Id refers to nothing

  // Leaves the top four bits of the token to a driver's own use.
  static constexpr std::uint32_t last_generation = (1U << 28) - 1;

  friend auto operator<=>(const Id&, const Id&) = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0

  constexpr std::uint64_t token() const { return std::uint64_t{generation} << 32 | slot; }
  static constexpr Id from_token(std::uint64_t token) {
    return {static_cast<std::uint32_t>(token), static_cast<std::uint32_t>(token >> 32)};
  }
};

}  // namespace eddy

template <>
struct std::hash<eddy::Id> {
  std::size_t operator()(eddy::Id id) const noexcept { return std::hash<std::uint64_t>{}(id.token()); }
};
