// MODE: the modes of channels (i m n s t k l b e I o v) and of users (i o w s).
#include <protocols/irc_line.h>
#include <protocols/irc_text.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <span>
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

// What was changed, as "+ov-l alice bob": collected, and told in as many lines as it takes.
class Changes {
 public:
  void add(bool on, char mode, std::string_view param = {}) {
    if (lines_.empty() || size_ + param.size() + 3 > most_bytes) {
      lines_.emplace_back();
      size_ = 0;
    }
    auto& line = lines_.back();
    if (line.modes.empty() || line.on != on) line.modes += on ? '+' : '-';
    line.on = on;
    line.modes += mode;
    if (!param.empty()) line.params.emplace_back(param);
    size_ += param.size() + 3;
  }

  template <class Tell>
  void tell(std::string_view source, std::string_view target, Tell tell) const {
    for (const auto& each : lines_) {
      eddy::IrcLine line(source, "MODE");
      line.param(target).param(each.modes);
      for (const auto& param : each.params) line.param(param);
      tell(line);
    }
  }

 private:
  static constexpr std::size_t most_bytes = 256;  // of modes and parameters: leaves room for source and target
  struct Line {
    bool on = true;
    std::string modes;
    std::vector<std::string> params;
  };
  std::vector<Line> lines_;
  std::size_t size_ = 0;
};

// One MODE for a channel, mode by mode.
class ChannelModeCommand {
 public:
  ChannelModeCommand(Server& server, Client& client, Channel& channel, const eddy::IrcMessage& message)
      : server_(server), client_(client), channel_(channel), params_(message.params()) {
    const auto* member = channel.member(client);
    operator_ = member != nullptr && member->op;
  }

  void run() {
    bool on = true;
    for (const char mode : params_[1]) {
      if (mode == '+' || mode == '-') {
        on = mode == '+';
      } else if (!apply(on, mode)) {
        break;
      }
    }
    changes_.tell(client_.mask, channel_.name, [this](eddy::IrcLine& line) {
      Broadcast message(server_, line.text());
      for (const auto& member : channel_.members()) message.to(*member.client);
    });
    for (const char list : lists_) show_list(list);
  }

 private:
  // False where nothing more is done of this command.
  bool apply(bool on, char mode) {
    const bool known = std::string_view(channel_modes).find(mode) != std::string_view::npos;
    if (!known) {
      client_.reply(numeric::err_unknownmode, {std::string_view(&mode, 1)}, "is unknown mode char to me");
      return true;
    }
    if (list_of(channel_, mode) != nullptr && next_ >= params_.size()) {
      if (lists_.find(mode) == std::string::npos) lists_ += mode;
      return true;
    }
    if (!operator_) {
      client_.reply(numeric::err_chanoprivsneeded, {channel_.name}, "You're not channel operator");
      return false;
    }
    switch (mode) {
      case 'k': return set_key(on), true;
      case 'l': return set_limit(on), true;
      case 'o':
      case 'v': return set_status(on, mode), true;
      case 'b':
      case 'e':
      case 'I': return change_list(on, mode), true;
      default: return set_flag(on, mode), true;
    }
  }

  // The next parameter; empty where there is none left, or as many as one command may have were used.
  std::string_view take_param() {
    if (next_ >= params_.size() || taken_ == mode_params) return {};
    ++taken_;
    return params_[next_++];
  }

  void set_flag(bool on, char mode) {
    auto& modes = channel_.modes;
    auto& flag = mode == 'i'   ? modes.invite_only
                 : mode == 'm' ? modes.moderated
                 : mode == 'n' ? modes.no_external
                 : mode == 's' ? modes.secret
                               : modes.topic_protected;
    if (std::exchange(flag, on) != on) changes_.add(on, mode);
  }

  void set_key(bool on) {
    const bool given = next_ < params_.size() && taken_ < mode_params;
    const auto key = take_param();
    auto& current = channel_.modes.key;
    if (!on) {
      if (current.empty()) return;
      current.clear();
      return changes_.add(false, 'k', "*");
    }
    if (!given) return;
    const bool usable = !key.empty() && key.size() <= key_length && key.front() != ':' &&
                        std::none_of(key.begin(), key.end(), [](char c) {
                          return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == '\x7f';
                        });
    if (!usable) return invalid('k', key, "Expected a key of 1 to 23 characters without spaces and commas");
    if (std::exchange(current, std::string(key)) != key) changes_.add(true, 'k', key);
  }

  void set_limit(bool on) {
    auto& limit = channel_.modes.limit;
    if (!on) {
      if (limit) changes_.add(false, 'l');
      limit.reset();
      return;
    }
    const auto text = take_param();
    if (text.empty()) return;
    std::size_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number == 0)
      return invalid('l', text, "Expected a whole number from 1 up");
    if (limit == number) return;
    limit = number;
    changes_.add(true, 'l', std::to_string(number));
  }

  void set_status(bool on, char mode) {
    const auto nick = take_param();
    if (nick.empty()) return;
    auto* user = server_.find_user(nick);
    if (user == nullptr) return client_.reply(numeric::err_nosuchnick, {nick}, "No such nick/channel");
    auto* member = channel_.member(*user);
    if (member == nullptr) {
      return client_.reply(numeric::err_usernotinchannel, {user->nick, channel_.name}, "They aren't on that channel");
    }
    if (std::exchange(mode == 'o' ? member->op : member->voice, on) != on) changes_.add(on, mode, user->nick);
  }

  void change_list(bool on, char mode) {
    const auto text = take_param();
    if (text.empty()) return;
    if (text.size() > mask_length || text.find(' ') != std::string_view::npos || text.front() == ':') {
      return invalid(mode, text, "Expected a mask NICK!USER@HOST of at most 128 characters");
    }
    const auto mask = whole_mask(text);
    auto& list = *list_of(channel_, mode);
    const auto at = std::find_if(list.begin(), list.end(),
                                 [&](const MaskEntry& entry) { return eddy::irc_equal(entry.mask, mask); });
    if (!on) {
      if (at == list.end()) return;
      changes_.add(false, mode, at->mask);
      list.erase(at);
      channel_.changed_lists();
      server_.count_list_entry(false);
      return;
    }
    if (at != list.end()) return;
    if (channel_.list_entries() >= server_.most_list_entries(channel_)) {
      return client_.reply(numeric::err_banlistfull, {channel_.name, std::string_view(&mode, 1), mask},
                           "Channel list is full");
    }
    channel_.changed_lists();
    list.push_back({.mask = mask, .set_by = client_.nick, .set_at = std::time(nullptr)});
    server_.count_list_entry(true);
    changes_.add(true, mode, mask);
  }

  void show_list(char mode) {
    if (!may_see(client_, channel_)) return;
    client_.work_in_parts([&client = client_, mode, name = channel_.name, shared = server_.share_channel(channel_.name),
                           next = 0U]() mutable {
      auto& list = *list_of(*shared, mode);
      if (next < list.size()) {
        const auto& entry = list[next++];
        const auto entry_numeric = mode == 'b'   ? numeric::rpl_banlist
                                   : mode == 'e' ? numeric::rpl_exceptlist
                                                 : numeric::rpl_invexlist;
        client.reply(entry_numeric, {name, entry.mask, entry.set_by, std::to_string(entry.set_at)});
        return true;
      }
      if (mode == 'b') {
        client.reply(numeric::rpl_endofbanlist, {name}, "End of channel ban list");
      } else if (mode == 'e') {
        client.reply(numeric::rpl_endofexceptlist, {name}, "End of channel exception list");
      } else {
        client.reply(numeric::rpl_endofinvexlist, {name}, "End of Channel Invite Exception List");
      }
      return false;
    });
  }

  static MaskList* list_of(Channel& channel, char mode) {
    switch (mode) {
      case 'b': return &channel.bans;
      case 'e': return &channel.ban_exceptions;
      case 'I': return &channel.invite_exceptions;
      default: return nullptr;
    }
  }

  void invalid(char mode, std::string_view param, std::string_view expected) {
    client_.reply(numeric::err_invalidmodeparam, {channel_.name, std::string_view(&mode, 1), param}, expected);
  }

  Server& server_;
  Client& client_;
  Channel& channel_;
  std::span<const std::string_view> params_;
  bool operator_ = false;
  std::size_t next_ = 2;   // of params_
  std::size_t taken_ = 0;  // how many were used
  std::string lists_;      // that are to be shown, once each however often they are asked for
  Changes changes_;
};

void channel_mode(Server& server, Client& client, const eddy::IrcMessage& message) {
  auto* channel = server.find_channel(message.param(0));
  if (channel == nullptr || !may_see(client, *channel)) {
    return client.reply(numeric::err_nosuchchannel, {message.param(0)}, "No such channel");
  }
  if (message.params().size() > 1) return ChannelModeCommand(server, client, *channel, message).run();
  auto line = client.start_reply(numeric::rpl_channelmodeis);
  line.param(channel->name).append(" ").append(channel->modes_text(client.membership(*channel) != nullptr));
  client.send(line);
  client.reply(numeric::rpl_creationtime, {channel->name, std::to_string(channel->created)});
}

std::string modes_of(const Client& client) {
  std::string text = "+";
  if (client.modes.invisible) text += 'i';
  if (client.modes.operator_) text += 'o';
  if (client.modes.server_notices) text += 's';
  if (client.modes.wallops) text += 'w';
  return text;
}

void user_mode(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (!eddy::irc_equal(message.param(0), client.nick)) {
    if (server.find_user(message.param(0)) == nullptr) {
      return client.reply(numeric::err_nosuchnick, {message.param(0)}, "No such nick/channel");
    }
    return client.reply(numeric::err_usersdontmatch, {}, "Cant change mode for other users");
  }
  if (message.params().size() == 1) return client.reply(numeric::rpl_umodeis, {modes_of(client)});
  Changes changes;
  bool on = true;
  bool unknown = false;
  // OPER alone gives the mode o. Server notices (s) tell of everybody's address.
  const auto only_operators_have = [&](char mode) { return mode == 'o' || (mode == 's' && !client.modes.operator_); };
  for (const char mode : message.param(1)) {
    if (mode == '+' || mode == '-') {
      on = mode == '+';
    } else if (std::string_view(user_modes).find(mode) == std::string_view::npos) {
      unknown = true;
    } else if (!(on && only_operators_have(mode)) && server.set_user_mode(client, mode, on)) {
      changes.add(on, mode);
    }
  }
  changes.tell(client.mask, client.nick, [&](eddy::IrcLine& line) { client.send(line); });
  if (unknown) client.reply(numeric::err_umodeunknownflag, {}, "Unknown MODE flag");
}

}  // namespace

void command::mode(Server& server, Client& client, const eddy::IrcMessage& message) {
  if (looks_like_channel(message.param(0))) {
    channel_mode(server, client, message);
  } else {
    user_mode(server, client, message);
  }
}

}  // namespace chat
