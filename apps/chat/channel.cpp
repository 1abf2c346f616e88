#include "apps/chat/channel.h"

#include <protocols/irc_text.h>

#include <algorithm>

namespace chat {

bool matches_any(const MaskList& list, std::string_view mask) {
  return std::any_of(list.begin(), list.end(),
                     [&](const MaskEntry& entry) { return eddy::irc_matches(entry.mask, mask); });
}

Member* Channel::member(Client& client) {
  const auto* membership = client.membership(*this);
  return membership == nullptr ? nullptr : &members_[membership->place];
}

void Channel::add(Client& client, bool op) {
  client.memberships.push_back({.channel = this, .place = members_.size()});
  members_.push_back({.client = &client, .op = op});
}

// The last member takes the place of the one that leaves.
void Channel::remove(Client& client) {
  auto* membership = client.membership(*this);
  const auto place = membership->place;
  *membership = client.memberships.back();
  client.memberships.pop_back();
  if (place + 1 < members_.size()) {
    members_[place] = members_.back();
    members_[place].client->membership(*this)->place = place;
  }
  members_.pop_back();
}

bool Channel::banned(Client& client) const {
  auto* membership = client.membership(*this);
  if (membership != nullptr && membership->judged_by == lists_version_) return membership->banned;
  const bool banned = matches_any(bans, client.mask) && !matches_any(ban_exceptions, client.mask);
  if (membership != nullptr) {
    membership->judged_by = lists_version_;
    membership->banned = banned;
  }
  return banned;
}

bool Channel::invite_excepted(const Client& client) const { return matches_any(invite_exceptions, client.mask); }

std::string Channel::modes_text(bool with_key) const {
  std::string text = "+";
  if (modes.invite_only) text += 'i';
  if (modes.moderated) text += 'm';
  if (modes.no_external) text += 'n';
  if (modes.secret) text += 's';
  if (modes.topic_protected) text += 't';
  if (!modes.key.empty()) text += 'k';
  if (modes.limit) text += 'l';
  if (!modes.key.empty()) text.append(" ").append(with_key ? modes.key : "*");
  if (modes.limit) text.append(" ").append(std::to_string(*modes.limit));
  return text;
}

}  // namespace chat
