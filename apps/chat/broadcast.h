// Broadcast: one message on its way to many. It is written once for each set of tags that its receivers asked for, and
// all with the same set share that one copy, however many they are (contract 6).
#pragma once

#include <reactor/shared_bytes.h>

#include <array>
#include <string_view>

#include "apps/chat/client.h"

namespace chat {

class Broadcast {
 public:
  // `line` and `client_tags` must live as long as this.
  Broadcast(Server& server, std::string_view line, std::string_view client_tags = {})
      : server_(server), line_(line), client_tags_(client_tags) {}

  void to(Client& client) {
    if (client.responding()) return client.send(line_, client_tags_);  // with its own tag
    const bool timed = client.has(Capability::server_time);
    const bool tagged = !client_tags_.empty() && client.has(Capability::message_tags);
    auto& copy = copies_[(timed ? 1U : 0U) + (tagged ? 2U : 0U)];
    if (!copy) copy = write(timed, tagged);
    client.send(copy);
  }

 private:
  eddy::SharedBytes write(bool timed, bool tagged) const;

  Server& server_;
  std::string_view line_;
  std::string_view client_tags_;
  std::array<eddy::SharedBytes, 4> copies_;
};

}  // namespace chat
