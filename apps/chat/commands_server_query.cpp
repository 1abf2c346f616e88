// Queries about the server: MOTD LUSERS VERSION TIME ADMIN INFO LINKS STATS HELP.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <protocols/irc_line.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>

#include "apps/chat/commands.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

std::string utc(std::time_t when) { return fmt::format("{:%A %B %d %Y -- %H:%M:%S} UTC", fmt::gmtime(when)); }

// How long the server has been up, as RPL_STATSUPTIME says it.
std::string uptime(const Server& server) {
  const auto seconds = std::time(nullptr) - server.started();
  return fmt::format("Server Up {} days {}:{:02}:{:02}", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60,
                     seconds % 60);
}

void stats_of_commands(Server& server, Client& client) {
  for (std::size_t i = 0; i < commands().size(); ++i) {
    const auto count = server.command_counts()[i];
    if (count > 0) client.reply(numeric::rpl_statscommands, {commands()[i].name, std::to_string(count)});
  }
}

void stats_of_connections(Server& server, Client& client) {
  for (const auto* each : server.clients()) {
    const auto open = std::chrono::floor<std::chrono::seconds>(server.loop().now() - each->connection.opened_at());
    client.reply(numeric::rpl_statslinkinfo,
                 {each->target(), std::to_string(each->connection.queued()), std::to_string(each->messages_out),
                  std::to_string(each->connection.bytes_out() / 1024), std::to_string(each->messages_in),
                  std::to_string(each->connection.bytes_in() / 1024), std::to_string(open.count())});
  }
}

// The title, the text's lines, and the last line, which ends it.
void send_help(Client& client, std::string_view subject, std::string_view title,
               std::initializer_list<std::string_view> lines, std::string_view last) {
  client.reply(numeric::rpl_helpstart, {subject}, title);
  client.reply(numeric::rpl_helptxt, {subject}, "");
  for (const auto line : lines) client.reply(numeric::rpl_helptxt, {subject}, line);
  client.reply(numeric::rpl_endofhelp, {subject}, last);
}

}  // namespace

namespace command {

void motd(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!meant_for_us(server, client, message.param(0))) return;
  const auto& lines = server.config().motd;
  if (lines.empty()) return client.reply(numeric::err_nomotd, {}, "MOTD File is missing");
  client.reply(numeric::rpl_motdstart, {}, fmt::format("- {} Message of the day - ", server.config().server_name));
  for (const auto& line : lines) client.reply(numeric::rpl_motd, {}, fmt::format("- {}", line));
  client.reply(numeric::rpl_endofmotd, {}, "End of /MOTD command.");
}

void lusers(Server& server, Client& client, const eddy::IrcMessage& /*message*/) {
  const auto& counts = server.counts();
  const auto users = std::to_string(counts.users);
  const auto most = std::to_string(counts.most_users);
  const auto unknown = std::count_if(server.clients().begin(), server.clients().end(),
                                     [](const Client* each) { return !each->registered && !each->gone; });
  client.reply(numeric::rpl_luserclient, {},
               fmt::format("There are {} users and {} invisible on 1 servers", counts.users - counts.invisible,
                           counts.invisible));
  client.reply(numeric::rpl_luserop, {std::to_string(counts.operators)}, "operator(s) online");
  client.reply(numeric::rpl_luserunknown, {std::to_string(unknown)}, "unknown connection(s)");
  client.reply(numeric::rpl_luserchannels, {std::to_string(server.channels())}, "channels formed");
  client.reply(numeric::rpl_luserme, {}, fmt::format("I have {} clients and 1 servers", counts.users));
  client.reply(numeric::rpl_localusers, {users, most}, fmt::format("Current local users {}, max {}", users, most));
  client.reply(numeric::rpl_globalusers, {users, most}, fmt::format("Current global users {}, max {}", users, most));
}

void version(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!meant_for_us(server, client, message.param(0))) return;
  client.reply(numeric::rpl_version, {software, server.config().server_name},
               fmt::format("on {}", server.loop().driver().name));
  send_isupport(client, server.isupport());
}

void time(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!meant_for_us(server, client, message.param(0))) return;
  const auto now = std::time(nullptr);
  client.reply(numeric::rpl_time, {server.config().server_name, std::to_string(now), "0"}, utc(now));
}

void admin(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!meant_for_us(server, client, message.param(0))) return;
  const auto& config = server.config();
  if (config.admin_location.empty() && config.admin_email.empty()) {
    return client.reply(numeric::err_noadmininfo, {config.server_name}, "No administrative info available");
  }
  const auto location = [&](std::size_t index) {
    return index < config.admin_location.size() ? std::string_view(config.admin_location[index]) : std::string_view();
  };
  client.reply(numeric::rpl_adminme, {config.server_name}, "Administrative info");
  client.reply(numeric::rpl_adminloc1, {}, location(0));
  client.reply(numeric::rpl_adminloc2, {}, location(1));
  client.reply(numeric::rpl_adminemail, {}, config.admin_email);
}

void info(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!meant_for_us(server, client, message.param(0))) return;
  client.reply(numeric::rpl_info, {}, fmt::format("{}, an IRC server on the eddy event engine", software));
  client.reply(numeric::rpl_info, {}, fmt::format("On-line since {}", utc(server.started())));
  client.reply(numeric::rpl_endofinfo, {}, "End of INFO list");
}

void links(Server& server, Client& client, const eddy::IrcMessage& /*message*/) {
  const auto& config = server.config();
  client.reply(numeric::rpl_links, {config.server_name, config.server_name}, fmt::format("0 {}", config.description));
  client.reply(numeric::rpl_endoflinks, {"*"}, "End of /LINKS list");
}

void stats(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!meant_for_us(server, client, message.param(1))) return;
  const auto query = message.param(0).substr(0, 1);
  if ((query == "l" || query == "o") && !client.modes.operator_) {
    return client.reply(numeric::err_noprivileges, {}, "Permission Denied- You're not an IRC operator");
  }
  if (query == "u") client.reply(numeric::rpl_statsuptime, {}, uptime(server));
  if (query == "m") stats_of_commands(server, client);
  if (query == "l") stats_of_connections(server, client);
  if (query == "o") {
    for (const auto& each : server.config().operators) {
      client.reply(numeric::rpl_statsoline, {"O", each.mask, "*", each.name});
    }
  }
  client.reply(numeric::rpl_endofstats, {query}, "End of /STATS report");
}

void help(Server& /*server*/, Client& client, const eddy::IrcMessage& message) {
  const auto subject = message.param(0);
  if (!subject.empty()) {
    const auto* found = find_command(subject);
    if (found == nullptr) {
      return client.reply(numeric::err_helpnotfound, {subject}, "No help available on this topic");
    }
    return send_help(client, found->name, fmt::format("{} {}", found->name, found->usage), {}, found->help);
  }
  std::string names;
  for (const auto& each : commands()) names.append(names.empty() ? "" : " ").append(each.name);
  send_help(client, "*", "The commands", {names}, "HELP COMMAND says more of one.");
}

}  // namespace command
}  // namespace chat
