// What operators of the server can do, and how one becomes an operator: OPER KILL WALLOPS REHASH DIE.
#include <fmt/format.h>
#include <protocols/irc_line.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>

#include "apps/chat/commands.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

// Names of operators that are told in the log and in notices. A longer one is nobody's.
constexpr std::size_t longest_told_name = 32;

// A wrong password costs so many lines of flood control.
constexpr double lines_of_a_failure = 10;

void answer_oper(Server& server, Client& client, std::string_view name, bool right) {
  if (!right) {
    name = eddy::utf8_prefix(name, longest_told_name);
    client.extra_lines += lines_of_a_failure;
    client.reply(numeric::err_passwdmismatch, {}, "Password incorrect");
    server.warn_of(client, fmt::format("wrong password of operator {} from {}", name, client.host));
    return server.notify(fmt::format("Failed OPER attempt as {} by {}", name, client.mask));
  }
  client.reply(numeric::rpl_youreoper, {}, "You are now an IRC operator");
  if (!server.set_user_mode(client, 'o', true)) return;
  eddy::IrcLine line(client.mask, "MODE");
  client.send(line.param(client.nick).param("+o"));
  server.notify(fmt::format("{} is now an operator ({})", client.mask, name));
}

// A failure has no numeric of its own.
void rehash_failed(Server& server, Client& client, std::string_view why) {
  if (!client.has(Capability::standard_replies)) return client.notice(fmt::format("REHASH failed: {}", why));
  eddy::IrcLine line(server.config().server_name, "FAIL");
  client.send(line.param("REHASH").param("CONFIG_BAD").trailing(why));
}

}  // namespace

namespace command {

void oper(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto& operators = server.config().operators;
  if (operators.empty()) return answer_oper(server, client, message.param(0), false);
  const auto host = client.user + "@" + client.host;
  const auto at = std::find_if(operators.begin(), operators.end(), [&](const Operator& each) {
    return each.name == message.param(0) && eddy::irc_matches(each.mask, host);
  });
  // A wrong name, or a wrong host, is answered as a wrong password is, and as late.
  const bool known = at != operators.end();
  server.verify(
      client, std::string(message.param(1)), known ? at->password : operators.front().password, known,
      [&server, &client, known, name = std::string(message.param(0)), label = client.put_off_response()](bool right) {
        if (label) client.begin_response(*label);
        answer_oper(server, client, name, known && right);
        client.end_response();
        server.charge(client, 0);
      });
}

void kill(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (eddy::irc_equal(message.param(0), server.config().server_name)) {
    return client.reply(numeric::err_cantkillserver, {}, "You cant kill a server!");
  }
  auto* victim = server.find_user(message.param(0));
  if (victim == nullptr) return client.reply(numeric::err_nosuchnick, {message.param(0)}, "No such nick/channel");
  eddy::IrcLine line(client.mask, "KILL");
  victim->send(line.param(victim->nick).trailing(message.param(1)));
  server.notify(fmt::format("{} was killed by {}: {}", victim->mask, client.nick, message.param(1)));
  server.quit(*victim, fmt::format("Killed ({} ({}))", client.nick, message.param(1)));
}

void wallops(Server& server, Client& client, const eddy::IrcMessage& message) {
  eddy::IrcLine line(client.mask, "WALLOPS");
  Broadcast wallops(server, line.trailing(message.param(0)).text());
  for (auto* user : server.clients()) {
    if (user->registered && user->modes.wallops) wallops.to(*user);
  }
}

void rehash(Server& server, Client& client, const eddy::IrcMessage& /*message*/) {
  client.reply(numeric::rpl_rehashing, {"config"}, "Rehashing");
  try {
    if (const auto later = server.reread_config(); !later.empty()) client.notice(later);
  } catch (const std::exception& error) {
    rehash_failed(server, client, error.what());
  }
}

void die(Server& server, Client& client, const eddy::IrcMessage& /*message*/) {
  server.notify(fmt::format("{} ends the server", client.mask));
  server.die();
}

}  // namespace command
}  // namespace chat
