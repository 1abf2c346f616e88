// Registration, and what a user may change of itself later: PASS NICK USER PING PONG QUIT SETNAME, and the welcome.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <protocols/irc_line.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <string>

#include "apps/chat/commands.h"
#include "apps/chat/isupport.h"
#include "apps/chat/names.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {

void send_isupport(Client& client, const std::vector<std::string>& tokens) {
  // Fifteen parameters with the client's name and the text.
  static constexpr std::size_t most_tokens = 13;
  static constexpr std::string_view end = "are supported by this server";
  for (std::size_t next = 0; next < tokens.size();) {
    auto line = client.start_reply(numeric::rpl_isupport);
    for (std::size_t count = 0; count < most_tokens && next < tokens.size(); ++count, ++next) {
      if (line.room() < tokens[next].size() + end.size() + 3) break;
      line.param(tokens[next]);
    }
    client.send(line.trailing(end));
  }
}

void send_welcome(Server& server, Client& client) {
  const auto& config = server.config();
  client.reply(numeric::rpl_welcome, {}, fmt::format("Welcome to the {} Network, {}", config.network, client.mask));
  client.reply(numeric::rpl_yourhost, {},
               fmt::format("Your host is {}, running version {}", config.server_name, software));
  client.reply(numeric::rpl_created, {},
               fmt::format("This server was created {:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(server.started())));
  client.reply(numeric::rpl_myinfo,
               {config.server_name, software, user_modes, channel_modes, channel_modes_with_param});
  send_isupport(client, server.isupport());
  command::lusers(server, client, {});
  command::motd(server, client, {});
}

namespace command {

void pass(Server& /*server*/, Client& client, const eddy::IrcMessage& message) {
  if (client.registered) return client.reply(numeric::err_alreadyregistered, {}, "You may not reregister");
  client.password = message.param(0);
}

void nick(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto wanted = message.param(0);
  if (wanted.empty()) return client.reply(numeric::err_nonicknamegiven, {}, "No nickname given");
  if (!is_nick(wanted, server.config().nick_length)) {
    return client.reply(numeric::err_erroneusnickname, {wanted}, "Erroneus nickname");
  }
  if (server.nick_taken(wanted, client)) {
    return client.reply(numeric::err_nicknameinuse, {wanted}, "Nickname is already in use");
  }
  if (!client.registered) {
    server.set_nick(client, wanted);
    return server.try_to_register(client);
  }
  if (client.nick == wanted) return;
  // An eye on a user that only changes the case of its name sees the same user.
  if (!eddy::irc_equal(client.nick, wanted)) server.remember(client);
  eddy::IrcLine line(client.mask, "NICK");
  Broadcast change(server, line.trailing(wanted).text());
  change.to(client);
  server.for_each_neighbour(client, [&](Client& each) { change.to(each); });
  server.set_nick(client, wanted);
}

void user(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (client.registered || !client.user.empty()) {
    return client.reply(numeric::err_alreadyregistered, {}, "You may not reregister");
  }
  client.user = user_name(message.param(0));
  client.realname = eddy::utf8_prefix(message.param(3), realname_length);
  client.renamed();
  server.try_to_register(client);
}

void ping(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (message.param(0).empty()) return client.reply(numeric::err_noorigin, {}, "No origin specified");
  eddy::IrcLine line(server.config().server_name, "PONG");
  client.send(line.param(server.config().server_name).trailing(message.param(0)));
}

// That it has said anything is all there is to it.
void pong(Server& /*server*/, Client& /*client*/, const eddy::IrcMessage& /*message*/) {}

void quit(Server& server, Client& client, const eddy::IrcMessage& message) {
  server.quit(client, fmt::format("Quit: {}", message.param(0)));
}

void setname(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto wanted = message.param(0);
  if (message.params().empty()) return client.reply(numeric::err_needmoreparams, {"SETNAME"}, "Not enough parameters");
  if (wanted.empty() || wanted.size() > realname_length) {
    if (!client.has(Capability::setname)) return;
    eddy::IrcLine failure(server.config().server_name, "FAIL");
    return client.send(failure.param("SETNAME").param("INVALID_REALNAME").trailing("Realname is not valid"));
  }
  client.realname = wanted;
  eddy::IrcLine line(client.mask, "SETNAME");
  Broadcast change(server, line.trailing(wanted).text());
  if (client.has(Capability::setname)) change.to(client);
  server.for_each_neighbour(client, [&](Client& each) {
    if (each.has(Capability::setname)) change.to(each);
  });
}

}  // namespace command
}  // namespace chat
