// What names look like: nicknames, user names, channels, servers. How long they may be is the Config's to say.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

inline constexpr std::string_view channel_types = "#&";
inline constexpr std::size_t user_length = 12;  // with the '~' in front
inline constexpr std::size_t host_length = 63;  // a numeric address with its zone
inline constexpr std::size_t realname_length = 128;
inline constexpr std::size_t key_length = 23;
inline constexpr std::size_t mask_length = 128;  // of a ban and its like
inline constexpr std::size_t server_name_length = 63;

// RFC 2812, 2.3.1: letters, digits, []\`_^{|} and '-'; neither a digit nor '-' in front.
bool is_nick(std::string_view text, std::size_t most);

// '#' or '&' and then anything but space, comma, BEL and other control characters.
bool is_channel_name(std::string_view text, std::size_t most);
// Starts like one, whatever follows.
bool looks_like_channel(std::string_view text);

// Letters, digits, '-' and '.', with a dot in it, so that nobody's nickname is one.
bool is_server_name(std::string_view text);

// "~" and what of `text` can stand in a user name, within user_length.
std::string user_name(std::string_view text);

// Makes "nick", "user@host" and "nick!user" whole: NICK!USER@HOST, "*" for what is missing.
std::string whole_mask(std::string_view mask);

}  // namespace chat
