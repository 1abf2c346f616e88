// Hostility: the ways in which bad clients treat a server beside the good ones, and how many of each there are to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace load {

enum class Hostility : std::uint8_t {
  slow_read,     // asks as fast as it may, and reads a little once a second
  slow_write,    // sends a byte of a request once a second
  half_open,     // connects and says nothing
  reset,         // sends the beginning of a request and resets the connection; again after a tenth of a second
  one_byte,      // sends requests byte by byte, a thousand a second, and reads the answers
  never_finish,  // sends a request but for its last byte, and waits
};

std::string_view to_string(Hostility kind);

struct HostileGroup {
  Hostility kind;
  std::size_t count;
};

// "slow-read:50,reset:20"; throws std::invalid_argument that says what was expected.
std::vector<HostileGroup> parse_hostile(std::string_view text);
std::string to_string(const std::vector<HostileGroup>& groups);

}  // namespace load
