// Channel: its members, modes, topic and lists of masks. It knows no commands and sends nothing.
//
// Members stand in a plain vector, since each message to the channel walks through them. A client knows its place there
// (Membership), so that joining, leaving and looking one up cost no walk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/client.h"

namespace chat {

struct Member {
  Client* client;
  bool op = false;
  bool voice = false;

  // "@", "+" or nothing; with multi-prefix all that apply, the highest first.
  std::string_view prefix(bool multiple) const {
    if (op) return multiple && voice ? "@+" : "@";
    return voice ? "+" : "";
  }
};

struct Topic {
  std::string text;  // empty: none
  std::string set_by;
  std::time_t set_at = 0;
};

// One of a channel's bans (b), exceptions from them (e) or invitation exceptions (I).
struct MaskEntry {
  std::string mask;
  std::string set_by;
  std::time_t set_at = 0;
};
using MaskList = std::vector<MaskEntry>;

struct ChannelModes {
  bool invite_only = false;          // i
  bool moderated = false;            // m
  bool no_external = true;           // n
  bool secret = false;               // s
  bool topic_protected = true;       // t
  std::string key;                   // k; empty: none
  std::optional<std::size_t> limit;  // l
};

class Channel {
 public:
  Channel(std::string_view its_name, std::uint64_t its_number)
      : name(its_name), number(its_number), created(std::time(nullptr)) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  const std::string name;
  const std::uint64_t number;  // no other channel of the server's life has it, whatever its name
  const std::time_t created;
  ChannelModes modes;
  Topic topic;
  MaskList bans;
  MaskList ban_exceptions;
  MaskList invite_exceptions;
  std::size_t list_entries() const { return bans.size() + ban_exceptions.size() + invite_exceptions.size(); }
  void changed_lists() { ++lists_version_; }  // must follow a change of the lists: what they said is outdated

  const std::vector<Member>& members() const { return members_; }
  Member* member(Client& client);  // null when it is none
  void add(Client& client, bool op);
  void remove(Client& client);  // must be a member

  bool banned(Client& client) const;  // the lists are gone through once for each member, until they or its mask change
  bool invite_excepted(const Client& client) const;

  // "+ntk KEY": what RPL_CHANNELMODEIS says. The key is for members.
  std::string modes_text(bool with_key) const;

 private:
  std::vector<Member> members_;
  std::uint64_t lists_version_ = 1;
};

bool matches_any(const MaskList& list, std::string_view mask);

}  // namespace chat
