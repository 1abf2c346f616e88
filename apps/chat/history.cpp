#include "apps/chat/history.h"

#include <protocols/irc_text.h>

namespace chat {

void History::add(Entry entry, std::size_t most) {
  entries_.push_front(std::move(entry));
  while (entries_.size() > most) entries_.pop_back();
}

std::vector<const History::Entry*> History::find(std::string_view nick, std::size_t most) const {
  std::vector<const Entry*> found;
  for (const auto& entry : entries_) {
    if (found.size() == most) break;
    if (eddy::irc_equal(entry.nick, nick)) found.push_back(&entry);
  }
  return found;
}

}  // namespace chat
