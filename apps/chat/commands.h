// The commands that clients send: what each does stands in commands_*.cpp, by concern. A handler is called when the
// table's conditions hold, and answers by what it sends.
#pragma once

#include <protocols/irc.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/capability.h"

namespace chat {

class Channel;
class Client;
class Server;

using Handler = void (*)(Server& server, Client& client, const eddy::IrcMessage& message);

// Who may use a command.
enum class Allowed : std::uint8_t {
  always,      // also before registration
  registered,  // else ERR_NOTREGISTERED
  operators,   // else ERR_NOPRIVILEGES
};

struct Command {
  std::string_view name;
  Handler handler;
  std::size_t min_params;  // with less: ERR_NEEDMOREPARAMS
  Allowed allowed;
  std::string_view usage;  // for HELP
  std::string_view help;
};

std::span<const Command> commands();
const Command* find_command(std::string_view name);  // in any case; null when there is none

void dispatch(Server& server, Client& client, const eddy::IrcMessage& message);

namespace command {

// commands_registration.cpp
void pass(Server& server, Client& client, const eddy::IrcMessage& message);
void nick(Server& server, Client& client, const eddy::IrcMessage& message);
void user(Server& server, Client& client, const eddy::IrcMessage& message);
void cap(Server& server, Client& client, const eddy::IrcMessage& message);  // commands_cap.cpp
void ping(Server& server, Client& client, const eddy::IrcMessage& message);
void pong(Server& server, Client& client, const eddy::IrcMessage& message);
void quit(Server& server, Client& client, const eddy::IrcMessage& message);
void setname(Server& server, Client& client, const eddy::IrcMessage& message);

// commands_channel.cpp
void join(Server& server, Client& client, const eddy::IrcMessage& message);
void part(Server& server, Client& client, const eddy::IrcMessage& message);
void topic(Server& server, Client& client, const eddy::IrcMessage& message);
void names(Server& server, Client& client, const eddy::IrcMessage& message);
void invite(Server& server, Client& client, const eddy::IrcMessage& message);
void kick(Server& server, Client& client, const eddy::IrcMessage& message);
void list(Server& server, Client& client, const eddy::IrcMessage& message);  // commands_list.cpp
void mode(Server& server, Client& client, const eddy::IrcMessage& message);  // commands_mode.cpp

// commands_message.cpp
void privmsg(Server& server, Client& client, const eddy::IrcMessage& message);
void notice(Server& server, Client& client, const eddy::IrcMessage& message);
void tagmsg(Server& server, Client& client, const eddy::IrcMessage& message);
void away(Server& server, Client& client, const eddy::IrcMessage& message);

// commands_user_query.cpp
void who(Server& server, Client& client, const eddy::IrcMessage& message);
void whois(Server& server, Client& client, const eddy::IrcMessage& message);
void whowas(Server& server, Client& client, const eddy::IrcMessage& message);
void userhost(Server& server, Client& client, const eddy::IrcMessage& message);
void ison(Server& server, Client& client, const eddy::IrcMessage& message);

// commands_server_query.cpp
void motd(Server& server, Client& client, const eddy::IrcMessage& message);
void lusers(Server& server, Client& client, const eddy::IrcMessage& message);
void version(Server& server, Client& client, const eddy::IrcMessage& message);
void time(Server& server, Client& client, const eddy::IrcMessage& message);
void admin(Server& server, Client& client, const eddy::IrcMessage& message);
void info(Server& server, Client& client, const eddy::IrcMessage& message);
void links(Server& server, Client& client, const eddy::IrcMessage& message);
void stats(Server& server, Client& client, const eddy::IrcMessage& message);
void help(Server& server, Client& client, const eddy::IrcMessage& message);

// commands_operator.cpp
void oper(Server& server, Client& client, const eddy::IrcMessage& message);
void kill(Server& server, Client& client, const eddy::IrcMessage& message);
void wallops(Server& server, Client& client, const eddy::IrcMessage& message);
void rehash(Server& server, Client& client, const eddy::IrcMessage& message);
void die(Server& server, Client& client, const eddy::IrcMessage& message);

}  // namespace command

// ---- What several of them need

inline constexpr std::string_view software = "eddy-chat-0.1.0";

// 001 to 005, the LUSERS and the MOTD: what follows a registration.
void send_welcome(Server& server, Client& client);
// RPL_ISUPPORT, in as many lines as it takes.
void send_isupport(Client& client, const std::vector<std::string>& tokens);
// RPL_NAMREPLY and RPL_ENDOFNAMES; nothing but the latter for a channel that the client must not see.
void send_names(Server& server, Client& client, Channel& of);
// CAP DEL and CAP NEW, to those who want to know. Takes what is withdrawn from everybody.
void announce_capabilities(Server& server, CapabilitySet withdrawn, CapabilitySet added);

// A secret channel exists for its members alone.
bool may_see(Client& client, const Channel& channel);

// The parts of `text` between commas, empty ones left out.
std::vector<std::string_view> split_list(std::string_view text);
// The same for the targets of a command: each once, whatever its case and however often it comes, and no more than one
// beyond `most`. Flood control counts each but the first as a line.
std::vector<std::string_view> split_targets(Client& client, std::string_view text, std::size_t most);
void too_many_targets(Client& client, std::string_view first_beyond);

// Queries can name the server that shall answer: true when that is this one (or a user of it), ERR_NOSUCHSERVER else.
bool meant_for_us(Server& server, Client& client, std::string_view target);

}  // namespace chat
