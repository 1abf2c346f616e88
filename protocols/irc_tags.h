// The tags of an IRC message (IRCv3 message-tags): KEY[=ESCAPED VALUE], with semicolons between them.
#pragma once

#include <string>
#include <string_view>

#include "reactor/lifetime.h"

namespace eddy {

// Walks through `tags`, as IrcMessage::tags gives them, and calls visit(key, escaped_value, whole_tag) for each.
template <class Visit>
void for_each_irc_tag(std::string_view tags, Visit visit) {
  while (!tags.empty()) {
    const auto tag = tags.substr(0, tags.find(';'));
    tags.remove_prefix(tag.size() < tags.size() ? tag.size() + 1 : tag.size());
    if (tag.empty()) continue;
    const auto equals = tag.find('=');
    visit(tag.substr(0, equals), equals == std::string_view::npos ? std::string_view() : tag.substr(equals + 1), tag);
  }
}

// The escaped value of the last tag `key`; empty where it has none, or is not there: the protocol makes no difference.
std::string_view irc_tag(std::string_view tags EDDY_LIFETIMEBOUND, std::string_view key);

// Values may hold any text: these give it the form in which it travels, and back. Escapes that mean nothing lose their
// backslash.
std::string escape_irc_tag(std::string_view value);
std::string unescape_irc_tag(std::string_view escaped);

}  // namespace eddy
