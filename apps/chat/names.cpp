#include "apps/chat/names.h"

#include <algorithm>

namespace chat {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

bool is_nick_character(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || std::string_view("[]\\`_^{|}").find(c) != std::string_view::npos;
}

std::string_view or_any(std::string_view text) { return text.empty() ? "*" : text; }

}  // namespace

bool is_nick(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && !is_digit(text.front()) && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), is_nick_character);
}

bool looks_like_channel(std::string_view text) {
  return !text.empty() && channel_types.find(text.front()) != std::string_view::npos;
}

bool is_channel_name(std::string_view text, std::size_t most) {
  return looks_like_channel(text) && text.size() > 1 && text.size() <= most &&
         std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' ' || c == ','; });
}

bool is_server_name(std::string_view text) {
  return text.size() <= server_name_length && text.find('.') != std::string_view::npos &&
         (is_letter(text.front()) || is_digit(text.front())) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '.';
         });
}

std::string user_name(std::string_view text) {
  std::string name = "~";
  for (const char c : text) {
    if (name.size() == user_length) break;
    if (!is_control(c) && static_cast<unsigned char>(c) < 0x7f &&
        std::string_view(" !@*?:,").find(c) == std::string_view::npos) {
      name += c;
    }
  }
  if (name.size() == 1) name += "user";
  return name;
}

std::string whole_mask(std::string_view mask) {
  const auto at = mask.rfind('@');
  const auto host = at == std::string_view::npos ? std::string_view() : mask.substr(at + 1);
  const auto front = mask.substr(0, at);
  const auto bang = front.find('!');
  // "user@host" has no nickname, "nick" and "nick!user" no host.
  const bool has_nick = bang != std::string_view::npos || at == std::string_view::npos;
  const auto nick = has_nick ? front.substr(0, bang) : std::string_view();
  const auto user = bang != std::string_view::npos ? front.substr(bang + 1) : has_nick ? std::string_view() : front;
  std::string whole(or_any(nick));
  return whole.append("!").append(or_any(user)).append("@").append(or_any(host));
}

}  // namespace chat
