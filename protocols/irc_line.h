// IrcLine: writes one IRC message. It never grows past 512 bytes with its CRLF (RFC 2812, 2.3): what does not fit is
// cut off, never within a UTF-8 character. Tags have a limit of their own and are sent in front of it.
//
//   IrcLine line("irc.example.org", "401");
//   line.param("alice").param("bob").trailing("No such nick/channel");
//   return peer.send(line.text());   // ":irc.example.org 401 alice bob :No such nick/channel\r\n"
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "reactor/lifetime.h"

namespace eddy {

class IrcLine {
 public:
  static constexpr std::size_t limit = 512;

  // Without a source where that is empty.
  IrcLine(std::string_view source, std::string_view command);

  // One that would not be read as one parameter (empty, with a space, or with a ':' in front) is written as "*".
  IrcLine& param(std::string_view text);
  // The last parameter, which may be any text without NUL, CR and LF; append() goes on with it.
  IrcLine& trailing(std::string_view text);
  IrcLine& append(std::string_view text);

  std::size_t room() const { return limit - end_size - size_; }  // bytes that still fit

  // The message with its end, good until the line changes or goes.
  std::string_view text() EDDY_LIFETIMEBOUND;

 private:
  static constexpr std::size_t end_size = 2;

  std::array<char, limit> bytes_;
  std::size_t size_ = 0;
};

// As much of `text` as fits into `limit` bytes without cutting a UTF-8 character.
std::string_view utf8_prefix(std::string_view text EDDY_LIFETIMEBOUND, std::size_t limit);

}  // namespace eddy
