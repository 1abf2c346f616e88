#include "apps/chat/commands.h"

#include <protocols/irc_text.h>

#include <algorithm>

#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

constexpr Command table[] = {
    {"ADMIN", command::admin, 0, Allowed::registered, "[SERVER]", "Who runs the server."},
    {"AWAY", command::away, 0, Allowed::registered, "[TEXT]", "Marks you as away, or without TEXT as back."},
    {"CAP", command::cap, 1, Allowed::always, "LS [302] | LIST | REQ :CAPABILITIES | END",
     "Negotiates IRCv3 capabilities."},
    {"DIE", command::die, 0, Allowed::operators, "", "Ends the server in order."},
    {"HELP", command::help, 0, Allowed::registered, "[COMMAND]", "What you are reading."},
    {"INFO", command::info, 0, Allowed::registered, "[SERVER]", "About the software."},
    {"INVITE", command::invite, 0, Allowed::registered, "[NICK CHANNEL]",
     "Invites to a channel, or lists your invitations."},
    {"ISON", command::ison, 1, Allowed::registered, "NICK...", "Who of these is here."},
    {"JOIN", command::join, 1, Allowed::registered, "CHANNEL,... [KEY,...] | 0",
     "Joins channels, or with 0 leaves all."},
    {"KICK", command::kick, 2, Allowed::registered, "CHANNEL NICK,... [TEXT]", "Puts users out of a channel."},
    {"KILL", command::kill, 2, Allowed::operators, "NICK TEXT", "Ends a user's connection."},
    {"LINKS", command::links, 0, Allowed::registered, "", "The servers of the network."},
    {"LIST", command::list, 0, Allowed::registered,
     "[CHANNEL,...] [>N | <N | C>MIN | C<MIN | T>MIN | T<MIN | MASK | !MASK],...", "Lists channels."},
    {"LUSERS", command::lusers, 0, Allowed::registered, "", "How many are here."},
    {"MODE", command::mode, 1, Allowed::registered, "TARGET [MODES [PARAMETERS...]]", "Shows or changes modes."},
    {"MOTD", command::motd, 0, Allowed::registered, "[SERVER]", "The message of the day."},
    {"NAMES", command::names, 0, Allowed::registered, "CHANNEL,...", "Who is in a channel."},
    {"NICK", command::nick, 0, Allowed::always, "NICK", "Gives you a nickname."},
    {"NOTICE", command::notice, 0, Allowed::registered, "TARGET,... TEXT",
     "Like PRIVMSG, but never answered by a program."},
    {"OPER", command::oper, 2, Allowed::registered, "NAME PASSWORD", "Makes you an operator of the server."},
    {"PART", command::part, 1, Allowed::registered, "CHANNEL,... [TEXT]", "Leaves channels."},
    {"PASS", command::pass, 1, Allowed::always, "PASSWORD", "The server's password, before NICK and USER."},
    {"PING", command::ping, 0, Allowed::always, "TOKEN", "Asks for a PONG."},
    {"PONG", command::pong, 0, Allowed::always, "TOKEN", "Answers a PING."},
    {"PRIVMSG", command::privmsg, 0, Allowed::registered, "TARGET,... TEXT",
     "Speaks to users and channels; with @ or + before a channel to its operators, or these and those with voice."},
    {"QUIT", command::quit, 0, Allowed::always, "[TEXT]", "Ends your connection."},
    {"REHASH", command::rehash, 0, Allowed::operators, "", "Reads the server's configuration anew."},
    {"SETNAME", command::setname, 0, Allowed::registered, "TEXT", "Changes your real name."},
    {"STATS", command::stats, 1, Allowed::registered, "u | m | o | l [SERVER]", "Statistics; o and l for operators."},
    {"TAGMSG", command::tagmsg, 0, Allowed::registered, "TARGET,...",
     "Sends tags alone; needs the capability message-tags."},
    {"TIME", command::time, 0, Allowed::registered, "[SERVER]", "The server's time."},
    {"TOPIC", command::topic, 1, Allowed::registered, "CHANNEL [TEXT]", "Shows or changes a channel's topic."},
    {"USER", command::user, 4, Allowed::always, "USER 0 * REALNAME", "Says who you are, once."},
    {"USERHOST", command::userhost, 1, Allowed::registered, "NICK...", "Where up to five users are from."},
    {"VERSION", command::version, 0, Allowed::registered, "[SERVER]", "The software's version."},
    {"WALLOPS", command::wallops, 1, Allowed::operators, "TEXT", "Speaks to all who have set the user mode w."},
    {"WHO", command::who, 0, Allowed::registered, "CHANNEL | MASK [o]", "Lists users, with o operators alone."},
    {"WHOIS", command::whois, 0, Allowed::registered, "[SERVER] NICK", "About a user."},
    {"WHOWAS", command::whowas, 0, Allowed::registered, "NICK [COUNT]", "About a user who is gone."},
};

bool before(std::string_view left, std::string_view right) {
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [](char a, char b) { return eddy::irc_fold(a) < eddy::irc_fold(b); });
}

}  // namespace

std::span<const Command> commands() { return table; }

const Command* find_command(std::string_view name) {
  const auto* at =
      std::lower_bound(std::begin(table), std::end(table), name,
                       [](const Command& each, std::string_view wanted) { return before(each.name, wanted); });
  return at == std::end(table) || before(name, at->name) ? nullptr : at;
}

void dispatch(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto* found = find_command(message.command());
  if (found == nullptr) {
    return client.reply(numeric::err_unknowncommand, {message.command()}, "Unknown command");
  }
  ++server.command_counts()[static_cast<std::size_t>(found - std::begin(table))];
  if (found->allowed != Allowed::always && !client.registered) {
    return client.reply(numeric::err_notregistered, {}, "You have not registered");
  }
  if (found->allowed == Allowed::operators && !client.modes.operator_) {
    return client.reply(numeric::err_noprivileges, {}, "Permission Denied- You're not an IRC operator");
  }
  const auto params = message.params();
  if (params.size() < found->min_params || (found->min_params > 0 && params[0].empty())) {
    return client.reply(numeric::err_needmoreparams, {found->name}, "Not enough parameters");
  }
  found->handler(server, client, message);
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    if (!part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

std::vector<std::string_view> split_targets(Client& client, std::string_view text, std::size_t most) {
  std::vector<std::string_view> targets;
  while (!text.empty() && targets.size() <= most) {
    const auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto is_this = [&](std::string_view each) { return eddy::irc_equal(each, part); };
    if (!part.empty() && std::none_of(targets.begin(), targets.end(), is_this)) targets.push_back(part);
  }
  if (targets.size() > 1) client.extra_lines += static_cast<double>(targets.size() - 1);
  return targets;
}

void too_many_targets(Client& client, std::string_view first_beyond) {
  client.reply(numeric::err_toomanytargets, {first_beyond}, "Too many targets");
}

bool may_see(Client& client, const Channel& channel) {
  return !channel.modes.secret || client.membership(channel) != nullptr;
}

bool meant_for_us(Server& server, Client& client, std::string_view target) {
  if (target.empty() || eddy::irc_matches(target, server.config().server_name) || server.find_user(target) != nullptr) {
    return true;
  }
  client.reply(numeric::err_nosuchserver, {target}, "No such server");
  return false;
}

}  // namespace chat
