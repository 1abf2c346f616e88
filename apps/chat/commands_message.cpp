// Speaking: PRIVMSG NOTICE TAGMSG, and AWAY.
#include <protocols/irc_line.h>
#include <protocols/irc_tags.h>
#include <reactor/keyed_hash.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "apps/chat/commands.h"
#include "apps/chat/isupport.h"
#include "apps/chat/names.h"
#include "apps/chat/numerics.h"
#include "apps/chat/server.h"

namespace chat {
namespace {

// One message, to as many targets as it names.
struct Speech {
  std::string_view command;
  std::string text{};
  std::string client_tags{};  // those that are handed on: "+draft/reply=...;+..."
  bool answers = true;        // NOTICE is answered by nothing, not even by an error
  bool tags_alone = false;    // TAGMSG: for those who take tags

  bool reaches(const Client& client) const { return !tags_alone || client.has(Capability::message_tags); }
  void write(eddy::IrcLine& line, std::string_view target) const {
    line.param(target);
    if (!tags_alone) line.trailing(text);
  }
};

// A key that comes twice counts as its last one says (IRCv3 message-tags): a message has each key once.
std::string handed_on_tags(const Client& client, std::string_view tags) {
  std::string kept;
  if (tags.empty() || !client.has(Capability::message_tags)) return kept;
  // By key, the whole tag. Keyed, since the keys are a stranger's.
  std::unordered_map<std::string_view, std::string_view, eddy::KeyedHash, std::equal_to<>> last(0,
                                                                                                eddy::process_hash());
  eddy::for_each_irc_tag(tags, [&](std::string_view key, std::string_view, std::string_view whole) {
    if (key.starts_with('+')) last[key] = whole;
  });
  eddy::for_each_irc_tag(tags, [&](std::string_view key, std::string_view, std::string_view whole) {
    const auto wanted = last.find(key);
    if (wanted == last.end() || wanted->second.data() != whole.data()) return;
    if (!kept.empty()) kept += ';';
    kept += whole;
  });
  return kept;
}

void echo(Client& client, const Speech& speech, std::string_view line) {
  if (client.has(Capability::echo_message) && speech.reaches(client)) client.send(line, speech.client_tags);
}

void to_user(Server& server, Client& client, const Speech& speech, std::string_view nick) {
  auto* user = server.find_user(nick);
  if (user == nullptr) {
    if (speech.answers) client.reply(numeric::err_nosuchnick, {nick}, "No such nick/channel");
    return;
  }
  eddy::IrcLine line(client.mask, speech.command);
  speech.write(line, user->nick);
  const auto text = line.text();
  echo(client, speech, text);
  // To oneself it comes twice: the echo may carry a label, what is delivered does not.
  if (speech.reaches(*user)) user->send_apart(text, speech.client_tags);
  if (user->away && speech.answers && !speech.tags_alone) client.reply(numeric::rpl_away, {user->nick}, *user->away);
}

bool may_speak(Client& client, Channel& channel) {
  const auto* member = channel.member(client);
  if (member != nullptr && (member->op || member->voice)) return true;
  return !(channel.modes.no_external && member == nullptr) && !channel.modes.moderated && !channel.banned(client);
}

// `status` is "@", "+" or empty: who of the channel it is for (STATUSMSG).
void to_channel(Server& server, Client& client, const Speech& speech, std::string_view status, std::string_view name) {
  auto* channel = server.find_channel(name);
  if (channel == nullptr || (!may_speak(client, *channel) && !may_see(client, *channel))) {
    if (speech.answers) client.reply(numeric::err_nosuchnick, {name}, "No such nick/channel");
    return;
  }
  if (!may_speak(client, *channel)) {
    if (speech.answers) client.reply(numeric::err_cannotsendtochan, {channel->name}, "Cannot send to channel");
    return;
  }
  eddy::IrcLine line(client.mask, speech.command);
  speech.write(line, std::string(status).append(channel->name));
  const auto text = line.text();
  Broadcast message(server, text, speech.client_tags);
  for (const auto& member : channel->members()) {
    if (member.client == &client || !speech.reaches(*member.client)) continue;
    if (status.empty() || member.op || (status == "+" && member.voice)) message.to(*member.client);
  }
  echo(client, speech, text);
}

void speak_to(Server& server, Client& client, const Speech& speech, std::string_view target) {
  const bool to_status = target.size() > 1 && (target[0] == '@' || target[0] == '+');
  const auto name = target.substr(to_status ? 1 : 0);
  if (looks_like_channel(name)) {
    to_channel(server, client, speech, target.substr(0, to_status ? 1 : 0), name);
  } else {
    to_user(server, client, speech, target);
  }
}

void speak(Server& server, Client& client, Speech speech, std::string_view targets) {
  const auto all = split_targets(client, targets, message_targets);
  if (all.size() > message_targets) {
    if (speech.answers) too_many_targets(client, all[message_targets]);
    return;
  }
  client.last_spoke = server.loop().now();
  if (all.size() == 1) return speak_to(server, client, speech, all[0]);
  client.work_in_parts([&server, &client, speech = std::move(speech), next = std::size_t{0},
                        wanted = std::vector<std::string>(all.begin(), all.end())]() mutable {
    if (next == wanted.size()) return false;
    speak_to(server, client, speech, wanted[next]);
    return ++next < wanted.size();
  });
}

}  // namespace

namespace command {

void privmsg(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (message.param(0).empty()) return client.reply(numeric::err_norecipient, {}, "No recipient given (PRIVMSG)");
  if (message.param(1).empty()) return client.reply(numeric::err_notexttosend, {}, "No text to send");
  Speech speech{.command = "PRIVMSG",
                .text = std::string(message.param(1)),
                .client_tags = handed_on_tags(client, message.tags())};
  speak(server, client, std::move(speech), message.param(0));
}

void notice(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (message.param(0).empty() || message.param(1).empty()) return;
  Speech speech{.command = "NOTICE",
                .text = std::string(message.param(1)),
                .client_tags = handed_on_tags(client, message.tags()),
                .answers = false};
  speak(server, client, std::move(speech), message.param(0));
}

void tagmsg(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!client.has(Capability::message_tags)) {
    return client.reply(numeric::err_unknowncommand, {message.command()}, "Unknown command");
  }
  if (message.param(0).empty()) return client.reply(numeric::err_norecipient, {}, "No recipient given (TAGMSG)");
  Speech speech{.command = "TAGMSG", .client_tags = handed_on_tags(client, message.tags()), .tags_alone = true};
  speak(server, client, std::move(speech), message.param(0));
}

void away(Server& server, Client& client, const eddy::IrcMessage& message) {
  const auto text = eddy::utf8_prefix(message.param(0), server.config().away_length);
  eddy::IrcLine line(client.mask, "AWAY");
  if (text.empty()) {
    client.reply(numeric::rpl_unaway, {}, "You are no longer marked as being away");
    if (!client.away) return;
    client.away.reset();
  } else {
    client.away = text;
    client.reply(numeric::rpl_nowaway, {}, "You have been marked as being away");
    line.trailing(text);
  }
  Broadcast change(server, line.text());
  server.for_each_neighbour(client, [&](Client& each) {
    if (each.has(Capability::away_notify)) change.to(each);
  });
}

}  // namespace command
}  // namespace chat
