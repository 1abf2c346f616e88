#include "apps/chat/isupport.h"

#include <fmt/format.h>

#include "apps/chat/names.h"

namespace chat {

std::vector<std::string> isupport_tokens(const Config& config) {
  return {
      fmt::format("AWAYLEN={}", config.away_length),
      "CASEMAPPING=rfc1459",
      fmt::format("CHANLIMIT={}:{}", channel_types, config.channels_per_client),
      "CHANMODES=Ibe,k,l,imnst",
      fmt::format("CHANNELLEN={}", config.channel_length),
      fmt::format("CHANTYPES={}", channel_types),
      "ELIST=CMNTU",
      "EXCEPTS=e",
      fmt::format("HOSTLEN={}", host_length),
      "INVEX=I",
      fmt::format("KEYLEN={}", key_length),
      fmt::format("KICKLEN={}", config.kick_length),
      fmt::format("MAXLIST=Ibe:{}", config.list_entries),
      fmt::format("MODES={}", mode_params),
      fmt::format("NAMELEN={}", realname_length),
      fmt::format("NETWORK={}", config.network),
      fmt::format("NICKLEN={}", config.nick_length),
      "PREFIX=(ov)@+",
      "SAFELIST",
      "STATUSMSG=@+",
      fmt::format(
          "TARGMAX=JOIN:{3},KICK:{1},LIST:,NAMES:{2},NOTICE:{0},PART:{3},PRIVMSG:{0},TAGMSG:{0},WHOIS:1,WHOWAS:1",
          message_targets, kick_targets, names_targets, config.channels_per_client),
      fmt::format("TOPICLEN={}", config.topic_length),
      fmt::format("USERLEN={}", user_length),
  };
}

}  // namespace chat
