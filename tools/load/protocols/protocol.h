// What eddy-load speaks over streams and datagrams; each is a subcommand of that name.
#pragma once

#include <cstdint>
#include <string_view>

namespace load {

enum class Protocol : std::uint8_t { echo, line, frames, cache, http };

constexpr std::string_view name_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::echo: return "echo";
    case Protocol::line: return "line";
    case Protocol::frames: return "frames";
    case Protocol::cache: return "cache";
    case Protocol::http: return "http";
  }
  return "";
}

}  // namespace load
