// Queries about users: WHO WHOIS WHOWAS USERHOST ISON.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <protocols/irc_line.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/chat/commands.h"
#include "apps/chat/names.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

constexpr std::size_t most_userhosts = 5;

bool share_a_channel(Client& left, Client& right) {
  return std::any_of(left.memberships.begin(), left.memberships.end(),
                     [&](const Membership& each) { return right.membership(*each.channel) != nullptr; });
}

bool is_visible(Client& to, Client& user) { return !user.modes.invisible || &user == &to || share_a_channel(to, user); }

// One of the user's channels that `client` may know of; null where there is none.
const Membership* channel_to_show(Client& client, const Client& user) {
  const auto at = std::find_if(user.memberships.begin(), user.memberships.end(), [&](const Membership& each) {
    return user.modes.invisible ? client.membership(*each.channel) != nullptr : may_see(client, *each.channel);
  });
  return at == user.memberships.end() ? nullptr : &*at;
}

void send_who(Server& server, Client& client, const Client& user, const Membership* membership) {
  std::string flags = user.away ? "G" : "H";
  if (user.modes.operator_) flags += '*';
  if (membership != nullptr) {
    flags += membership->channel->members()[membership->place].prefix(client.has(Capability::multi_prefix));
  }
  client.reply(numeric::rpl_whoreply,
               {membership == nullptr ? "*" : std::string_view(membership->channel->name), user.user, user.host,
                server.config().server_name, user.nick, flags},
               fmt::format("0 {}", user.realname));
}

bool fits(Server& server, const Client& user, std::string_view mask) {
  return eddy::irc_matches(mask, user.nick) || eddy::irc_matches(mask, user.user) ||
         eddy::irc_matches(mask, user.host) || eddy::irc_matches(mask, user.realname) ||
         eddy::irc_matches(mask, server.config().server_name);
}

// In as many lines as it takes; what is secret only where the asking client is in it, too.
void send_whois_channels(Client& client, Client& user) {
  const auto start = [&] {
    auto line = client.start_reply(numeric::rpl_whoischannels);
    line.param(user.nick).trailing("");
    return line;
  };
  auto line = start();
  const auto empty_room = line.room();
  for (const auto& membership : user.memberships) {
    const auto& channel = *membership.channel;
    if (&client != &user && !may_see(client, channel)) continue;
    if (&client != &user && user.modes.invisible && client.membership(channel) == nullptr) continue;
    const auto prefix = channel.members()[membership.place].prefix(client.has(Capability::multi_prefix));
    if (line.room() < prefix.size() + channel.name.size() + 1) {
      client.send(line);
      line = start();
    }
    if (line.room() < empty_room) line.append(" ");
    line.append(prefix).append(channel.name);
  }
  if (line.room() < empty_room) client.send(line);
}

void send_whois(Server& server, Client& client, Client& user) {
  const auto idle = std::chrono::floor<std::chrono::seconds>(server.loop().now() - user.last_spoke);
  client.reply(numeric::rpl_whoisuser, {user.nick, user.user, user.host, "*"}, user.realname);
  send_whois_channels(client, user);
  client.reply(numeric::rpl_whoisserver, {user.nick, server.config().server_name}, server.config().description);
  if (user.modes.operator_) client.reply(numeric::rpl_whoisoperator, {user.nick}, "is an IRC operator");
  if (user.away) client.reply(numeric::rpl_away, {user.nick}, *user.away);
  client.reply(numeric::rpl_whoisidle,
               {user.nick, std::to_string(std::max<std::int64_t>(idle.count(), 0)), std::to_string(user.signed_on)},
               "seconds idle, signon time");
}

}  // namespace

namespace command {

// Both walk from the last to the first: when one leaves meanwhile the last takes its place, so that nobody is left out.
// One may come twice.
void who(Server& server, Client& client, const eddy::IrcMessage& message) {
  const std::string mask(message.param(0));
  const bool operators = message.param(1) == "o";
  const auto end = [&client, mask] { client.reply(numeric::rpl_endofwho, {mask}, "End of WHO list"); };
  if (looks_like_channel(mask)) {
    const auto channel = server.share_channel(mask);
    if (!channel || !may_see(client, *channel)) return end();
    return client.work_in_parts(
        [&server, &client, channel, operators, end, left = channel->members().size()]() mutable {
          left = std::min(left, channel->members().size());
          if (left == 0) return end(), false;
          auto& user = *channel->members()[--left].client;
          const bool seen = !user.modes.invisible || client.membership(*channel) != nullptr;
          if (seen && (!operators || user.modes.operator_)) send_who(server, client, user, user.membership(*channel));
          return true;
        });
  }
  const bool all = mask.empty() || mask == "0" || mask == "*";
  client.work_in_parts([&server, &client, mask, all, operators, end, left = server.clients().size()]() mutable {
    left = std::min(left, server.clients().size());
    if (left == 0) return end(), false;
    auto& user = *server.clients()[--left];
    if (!user.registered || (operators && !user.modes.operator_) || !(all || fits(server, user, mask))) return true;
    // Who is asked for by the very name is not hidden.
    if (is_visible(client, user) || eddy::irc_equal(mask, user.nick)) {
      send_who(server, client, user, channel_to_show(client, user));
    }
    return true;
  });
}

void whois(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto params = message.params();
  if (params.empty() || params.back().empty()) {
    return client.reply(numeric::err_nonicknamegiven, {}, "No nickname given");
  }
  if (params.size() > 1 && !meant_for_us(server, client, params[0])) return;
  const auto nick = params.size() > 1 ? params[1] : params[0];
  if (auto* user = server.find_user(nick)) {
    send_whois(server, client, *user);
  } else {
    client.reply(numeric::err_nosuchnick, {nick}, "No such nick/channel");
  }
  client.reply(numeric::rpl_endofwhois, {nick}, "End of /WHOIS list");
}

void whowas(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto nick = message.param(0);
  if (nick.empty()) return client.reply(numeric::err_nonicknamegiven, {}, "No nickname given");
  std::size_t most = 0;
  const auto text = message.param(1);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), most);
  if (parsed.ec != std::errc() || most == 0) most = std::numeric_limits<std::size_t>::max();
  const auto found = server.history().find(nick, most);
  if (found.empty()) client.reply(numeric::err_wasnosuchnick, {nick}, "There was no such nickname");
  for (const auto* entry : found) {
    client.reply(numeric::rpl_whowasuser, {entry->nick, entry->user, entry->host, "*"}, entry->realname);
    client.reply(numeric::rpl_whoisserver, {entry->nick, server.config().server_name},
                 fmt::format("{:%a %b %d %H:%M:%S %Y} UTC", fmt::gmtime(entry->until)));
  }
  client.reply(numeric::rpl_endofwhowas, {nick}, "End of WHOWAS");
}

// A name that does not fit as a whole is left out, and what would come after it.
void userhost(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto params = message.params();
  auto line = client.start_reply(numeric::rpl_userhost);
  line.trailing("");
  const auto empty_room = line.room();
  for (const auto nick : params.first(std::min(params.size(), most_userhosts))) {
    const auto* user = server.find_user(nick);
    if (user == nullptr) continue;
    const auto reply = fmt::format("{}{}={}{}@{}", user->nick, user->modes.operator_ ? "*" : "", user->away ? '-' : '+',
                                   user->user, user->host);
    if (line.room() < reply.size() + 1) break;
    if (line.room() < empty_room) line.append(" ");
    line.append(reply);
  }
  client.send(line);
}

void ison(Server& server, Client& client, const eddy::IrcMessage& message) {
  auto line = client.start_reply(numeric::rpl_ison);
  line.trailing("");
  const auto empty_room = line.room();
  for (auto names : message.params()) {
    // One parameter may hold several names: "ISON :alice bob".
    while (!names.empty()) {
      const auto nick = names.substr(0, names.find(' '));
      names.remove_prefix(std::min(nick.size() + 1, names.size()));
      const auto* user = server.find_user(nick);
      if (user == nullptr) continue;
      if (line.room() < user->nick.size() + 1) return client.send(line);
      if (line.room() < empty_room) line.append(" ");
      line.append(user->nick);
    }
  }
  client.send(line);
}

}  // namespace command
}  // namespace chat
