// Channels and who is in them: JOIN PART TOPIC NAMES INVITE KICK.
#include <fmt/format.h>
#include <protocols/irc_line.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "apps/chat/commands.h"
#include "apps/chat/isupport.h"
#include "apps/chat/names.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

void to_members(Server& server, const Channel& channel, std::string_view line) {
  Broadcast message(server, line);
  for (const auto& member : channel.members()) message.to(*member.client);
}

void no_such_channel(Client& client, std::string_view name) {
  client.reply(numeric::err_nosuchchannel, {name}, "No such channel");
}

void not_on_channel(Client& client, const Channel& channel) {
  client.reply(numeric::err_notonchannel, {channel.name}, "You're not on that channel");
}

void not_operator(Client& client, const Channel& channel) {
  client.reply(numeric::err_chanoprivsneeded, {channel.name}, "You're not channel operator");
}

void send_topic(Client& client, const Channel& channel) {
  client.reply(numeric::rpl_topic, {channel.name}, channel.topic.text);
  client.reply(numeric::rpl_topicwhotime, {channel.name, channel.topic.set_by, std::to_string(channel.topic.set_at)});
}

// False after an answer that says why not. An invitation opens what is invite-only, and nothing else: any member may
// give one where it is not needed.
bool may_join(Client& client, const Channel& channel, std::string_view key) {
  const auto& modes = channel.modes;
  const auto refuse = [&](std::string_view numeric, std::string_view mode) {
    client.reply(numeric, {channel.name}, fmt::format("Cannot join channel ({})", mode));
    return false;
  };
  if (channel.banned(client)) return refuse(numeric::err_bannedfromchan, "+b");
  if (modes.invite_only && !client.invited(channel) && !channel.invite_excepted(client)) {
    return refuse(numeric::err_inviteonlychan, "+i");
  }
  if (!modes.key.empty() && modes.key != key) return refuse(numeric::err_badchannelkey, "+k");
  if (modes.limit && channel.members().size() >= *modes.limit) return refuse(numeric::err_channelisfull, "+l");
  return true;
}

void announce_join(Server& server, Client& client, const Channel& channel) {
  eddy::IrcLine plain_line(client.mask, "JOIN");
  eddy::IrcLine extended_line(client.mask, "JOIN");
  eddy::IrcLine away_line(client.mask, "AWAY");
  Broadcast plain(server, plain_line.param(channel.name).text());
  // There are no accounts: "*".
  Broadcast extended(server, extended_line.param(channel.name).param("*").trailing(client.realname).text());
  Broadcast away(server, away_line.trailing(client.away.value_or("")).text());
  for (const auto& member : channel.members()) {
    auto& each = *member.client;
    (each.has(Capability::extended_join) ? extended : plain).to(each);
    if (client.away && &each != &client && each.has(Capability::away_notify)) away.to(each);
  }
}

void join_one(Server& server, Client& client, std::string_view name, std::string_view key) {
  if (!looks_like_channel(name)) return no_such_channel(client, name);
  if (!is_channel_name(name, server.config().channel_length)) {
    return client.reply(numeric::err_badchanmask, {name}, "Bad Channel Mask");
  }
  auto* channel = server.find_channel(name);
  if (channel != nullptr && client.membership(*channel) != nullptr) return;
  if (client.memberships.size() >= server.config().channels_per_client) {
    return client.reply(numeric::err_toomanychannels, {name}, "You have joined too many channels");
  }
  if (channel != nullptr && !may_join(client, *channel, key)) return;
  const bool first = channel == nullptr;
  if (first) channel = &server.make_channel(name);
  client.take_invitation(*channel);
  channel->add(client, first);
  announce_join(server, client, *channel);
  if (!channel->topic.text.empty()) send_topic(client, *channel);
  send_names(server, client, *channel);
}

void part_one(Server& server, Client& client, Channel& channel, std::string_view reason) {
  eddy::IrcLine line(client.mask, "PART");
  line.param(channel.name);
  if (!reason.empty()) line.trailing(reason);
  to_members(server, channel, line.text());
  server.leave(client, channel);
}

// In parts: each target may have many members to tell.
template <class F>
void for_each_target(Server& server, Client& client, std::string_view text, F each) {
  const auto most = server.config().channels_per_client;
  const auto targets = split_targets(client, text, most);
  client.work_in_parts([&client, most, next = std::size_t{0},
                        wanted = std::vector<std::string>(targets.begin(), targets.end()),
                        each = std::move(each)]() mutable {
    if (next == wanted.size()) return false;
    if (next == most) return too_many_targets(client, wanted[next]), false;
    each(wanted[next]);
    return ++next < wanted.size();
  });
}

// JOIN's, by folded name. An empty key is one all the same: "JOIN #a,#b ,key" is for #b. A channel that comes twice has
// its first one.
std::map<std::string, std::string> keys_of(std::string_view channels, std::string_view keys) {
  std::map<std::string, std::string> result;
  for (const auto name : split_list(channels)) {
    if (keys.empty()) break;
    const auto key = keys.substr(0, keys.find(','));
    keys.remove_prefix(std::min(key.size() + 1, keys.size()));
    result.emplace(eddy::irc_folded(name), key);
  }
  return result;
}

}  // namespace

// The members from the last to the first: when one leaves meanwhile the last takes its place, so that nobody is left
// out. One may come twice, which says nothing new.
void send_names(Server& server, Client& client, Channel& of) {
  client.work_in_parts([&client, channel = server.share_channel(of.name), left = of.members().size()]() mutable {
    const bool inside = client.membership(*channel) != nullptr;
    auto line = client.start_reply(numeric::rpl_namreply);
    line.param(channel->modes.secret ? "@" : "=").param(channel->name).trailing("");
    const auto empty_room = line.room();
    left = may_see(client, *channel) ? std::min(left, channel->members().size()) : 0;
    for (; left > 0; --left) {
      const auto& member = channel->members()[left - 1];
      const auto& each = *member.client;
      if (each.modes.invisible && !inside) continue;
      const auto prefix = member.prefix(client.has(Capability::multi_prefix));
      const auto& name = client.has(Capability::userhost_in_names) ? each.mask : each.nick;
      if (line.room() < prefix.size() + name.size() + 1) break;
      if (line.room() < empty_room) line.append(" ");
      line.append(prefix).append(name);
    }
    if (line.room() < empty_room) client.send(line);
    if (left > 0) return true;
    client.reply(numeric::rpl_endofnames, {channel->name}, "End of /NAMES list");
    return false;
  });
}

namespace command {

void join(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (message.param(0) == "0") {
    return client.work_in_parts([&server, &client] {
      if (client.memberships.empty()) return false;
      part_one(server, client, *client.memberships.back().channel, {});
      return true;
    });
  }
  for_each_target(server, client, message.param(0),
                  [&server, &client, keys = keys_of(message.param(0), message.param(1))](const std::string& name) {
                    const auto key = keys.find(eddy::irc_folded(name));
                    join_one(server, client, name, key == keys.end() ? std::string_view() : key->second);
                  });
}

void part(Server& server, Client& client, const eddy::IrcMessage& message) {
  for_each_target(server, client, message.param(0),
                  [&server, &client, reason = std::string(message.param(1))](const std::string& name) {
                    auto* channel = server.find_channel(name);
                    if (channel == nullptr || !may_see(client, *channel)) {
                      no_such_channel(client, name);
                    } else if (client.membership(*channel) == nullptr) {
                      not_on_channel(client, *channel);
                    } else {
                      part_one(server, client, *channel, reason);
                    }
                  });
}

void topic(Server& server, Client& client, const eddy::IrcMessage& message) {
  auto* channel = server.find_channel(message.param(0));
  if (channel == nullptr || !may_see(client, *channel)) return no_such_channel(client, message.param(0));
  if (message.params().size() == 1) {
    if (!channel->topic.text.empty()) return send_topic(client, *channel);
    return client.reply(numeric::rpl_notopic, {channel->name}, "No topic is set");
  }
  const auto* member = channel->member(client);
  if (member == nullptr) return not_on_channel(client, *channel);
  if (channel->modes.topic_protected && !member->op) return not_operator(client, *channel);
  const auto text = eddy::utf8_prefix(message.param(1), server.config().topic_length);
  channel->topic = {.text = std::string(text), .set_by = client.nick, .set_at = std::time(nullptr)};
  eddy::IrcLine line(client.mask, "TOPIC");
  to_members(server, *channel, line.param(channel->name).trailing(text).text());
}

void names(Server& server, Client& client, const eddy::IrcMessage& message) {
  auto wanted = split_targets(client, message.param(0), names_targets);
  if (wanted.empty()) return client.reply(numeric::rpl_endofnames, {"*"}, "End of /NAMES list");
  wanted.resize(std::min(wanted.size(), names_targets));
  for (const auto name : wanted) {
    if (auto* channel = server.find_channel(name)) {
      send_names(server, client, *channel);
    } else {
      client.reply(numeric::rpl_endofnames, {name}, "End of /NAMES list");
    }
  }
}

void invite(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto params = message.params();
  if (params.empty()) {
    for (const auto& invitation : client.invitations) {
      const auto* channel = server.find_channel(invitation.name);
      if (channel != nullptr && client.invited(*channel)) client.reply(numeric::rpl_invitelist, {channel->name});
    }
    return client.reply(numeric::rpl_endofinvitelist, {}, "End of /INVITE list");
  }
  if (params.size() < 2) return client.reply(numeric::err_needmoreparams, {"INVITE"}, "Not enough parameters");
  auto* guest = server.find_user(params[0]);
  if (guest == nullptr) return client.reply(numeric::err_nosuchnick, {params[0]}, "No such nick/channel");
  auto* channel = server.find_channel(params[1]);
  if (channel == nullptr || !may_see(client, *channel)) return no_such_channel(client, params[1]);
  const auto* member = channel->member(client);
  if (member == nullptr) return not_on_channel(client, *channel);
  if (channel->modes.invite_only && !member->op) return not_operator(client, *channel);
  if (guest->membership(*channel) != nullptr) {
    return client.reply(numeric::err_useronchannel, {guest->nick, channel->name}, "is already on channel");
  }
  guest->invite(*channel);
  client.reply(numeric::rpl_inviting, {guest->nick, channel->name});
  if (guest->away) client.reply(numeric::rpl_away, {guest->nick}, *guest->away);
  eddy::IrcLine line(client.mask, "INVITE");
  Broadcast invitation(server, line.param(guest->nick).param(channel->name).text());
  invitation.to(*guest);
  for (const auto& each : channel->members()) {
    if (each.client != &client && each.client->has(Capability::invite_notify)) invitation.to(*each.client);
  }
}

void kick(Server& server, Client& client, const eddy::IrcMessage& message) {
  auto* channel = server.find_channel(message.param(0));
  if (channel == nullptr || !may_see(client, *channel)) return no_such_channel(client, message.param(0));
  const auto* member = channel->member(client);
  if (member == nullptr) return not_on_channel(client, *channel);
  if (!member->op) return not_operator(client, *channel);
  const auto comment = message.params().size() > 2 ? message.param(2) : std::string_view(client.nick);
  auto wanted = split_targets(client, message.param(1), kick_targets);
  wanted.resize(std::min(wanted.size(), kick_targets));
  for (const auto nick : wanted) {
    // Whoever puts out itself puts out nobody after that, and if it was alone has ended the channel.
    channel = server.find_channel(message.param(0));
    if (channel == nullptr || channel->member(client) == nullptr) return;
    auto* target = server.find_user(nick);
    if (target == nullptr) {
      client.reply(numeric::err_nosuchnick, {nick}, "No such nick/channel");
    } else if (target->membership(*channel) == nullptr) {
      client.reply(numeric::err_usernotinchannel, {target->nick, channel->name}, "They aren't on that channel");
    } else {
      eddy::IrcLine line(client.mask, "KICK");
      line.param(channel->name).param(target->nick);
      line.trailing(eddy::utf8_prefix(comment, server.config().kick_length));
      to_members(server, *channel, line.text());
      server.leave(*target, *channel);
    }
  }
}

}  // namespace command
}  // namespace chat
