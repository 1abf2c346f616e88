// Names and masks of IRC: when two nicknames or channel names are the same, and what a mask with wildcards fits.
//
// Case mapping "rfc1459": as ASCII, and {}|~ are the lower case of []\^ (RFC 2812, 2.2, with ~ and ^ as RFC 1459's
// servers have had them).
#pragma once

#include <string>
#include <string_view>

namespace eddy {

constexpr char irc_fold(char c) {
  // The upper-case letters and []\^ lie in one row of 32 before their lower case.
  return c >= 'A' && c <= '^' ? static_cast<char>(c + 32) : c;
}

// In lower case: a key for maps.
std::string irc_folded(std::string_view text);
bool irc_equal(std::string_view a, std::string_view b);

// Whether all of `text` fits `mask`, whatever the case: '*' stands for any text, '?' for any one byte, and a '\' before
// either makes it an ordinary character (RFC 2812, 2.5). Takes some nanoseconds for each byte of both, whatever they
// are: a stranger who writes masks cannot make it slow.
bool irc_matches(std::string_view mask, std::string_view text);

}  // namespace eddy
